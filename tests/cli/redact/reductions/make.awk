# A build log of 3000 lines with secrets in lines that matter.
BEGIN {
	for (i = 1; i <= 3000; i++) {
		if (i == 1500) print "error: cannot reach postgres://app:hunter2@db.example:5432/app: connection refused"
		else if (i == 1501) print "  the key was AKIAIOSFODNN7EXAMPLE"
		else if (i == 2000) print "error: bad key -----BEGIN RSA PRIVATE KEY-----"
		else if (i > 2000 && i < 2006) print "error: MADEUP" i
		else if (i == 2006) print "error: -----END RSA PRIVATE KEY-----"
		else if (i == 2500) print "fatal: login failed with password='made up'"
		else print "step " i ": compiled file_" i * 7919 % 10007 ".c in " i % 97 " ms"
	}
}
