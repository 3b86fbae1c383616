#!/usr/bin/perl
# Definitions as PPI (libppi-perl) sees them, in the form of README.md. Paths on stdin.
# A package that is a statement (no block) has no end; it is given with its own line and the flag `decl`.
use strict;
use warnings;
use PPI;

sub last_row {
	my ($node) = @_;
	my $token = $node->last_token or return $node->line_number;
	my $lines = () = $token->content =~ /\n/g;
	return $token->line_number + $lines;
}

while (my $path = <STDIN>) {
	chomp $path;
	my $document = PPI::Document->new($path);
	if (!$document) {
		print "F\t$path\terror\n";
		next;
	}
	print "F\t$path\tok\n";
	for my $sub (@{ $document->find('PPI::Statement::Sub') || [] }) {
		my $name = $sub->name;
		next if !$sub->isa('PPI::Statement::Sub') || !defined $name || $name eq '';
		my $at = $sub->schild(1) || $sub;
		my $local = 0;
		for (my $p = $sub->parent; $p; $p = $p->parent) { $local = 1 if $p->isa('PPI::Statement::Sub') }
		my @flags = (($local ? 'local' : ()), ($sub->block ? () : 'decl'), ($sub->isa('PPI::Statement::Scheduled') ? 'decl' : ()));
		printf "D\t%s\tfunction\t%s\t%d\t%d\t%d\t%s\n", $path, $name, $sub->line_number, $at->line_number, last_row($sub), join(',', @flags) || '-';
	}
	for my $package (@{ $document->find('PPI::Statement::Package') || [] }) {
		my $block = grep { $_->isa('PPI::Structure::Block') } $package->schildren;
		printf "D\t%s\tpackage\t%s\t%d\t%d\t%s\t%s\n", $path, $package->namespace, $package->line_number, $package->line_number,
			$block ? last_row($package) : '-', '-';
	}
}
