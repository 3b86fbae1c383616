/* Classes of the bytes of a shape (log/shape.h), for the exact mask and what reads masked text again. */
#ifndef CTXCUT_LOG_MASK_BYTES_H
#define CTXCUT_LOG_MASK_BYTES_H

#include <stdbool.h>
#include <stdint.h>

enum {
	LOWER = 1,
	UPPER = 2,
	ALNUM = 4, /* '0' is the one digit of a shape */
	HEX_LETTER = 8,
	DELIMITER = 16,
	OPENING = 32,
	CLOSING = 64,
	QUOTE = 128,
};
/* clang-format off */
#define LETTERS(a, b) a, a, a, a, a, a, b, b, b, b, b, b, b, b, b, b, b, b, b, b, b, b, b, b, b, b
#define ZERO8 0, 0, 0, 0, 0, 0, 0, 0
/* Bytes of UTF-8 have no flag. */
static const uint8_t byte_flags[256] = {
	ZERO8, ZERO8, ZERO8, ZERO8,
	/*   ! " # $ % & ' */ 0, 0, DELIMITER | QUOTE, 0, 0, 0, 0, DELIMITER | QUOTE,
	/* ( ) * + , - . / */ DELIMITER | OPENING, DELIMITER | CLOSING, 0, 0, DELIMITER, 0, 0, 0,
	/* 0 to 7          */ ALNUM, 0, 0, 0, 0, 0, 0, 0,
	/* 8 9 : ; < = > ? */ 0, 0, DELIMITER, DELIMITER, DELIMITER | OPENING, DELIMITER, DELIMITER | CLOSING, 0,
	0, LETTERS(UPPER | ALNUM | HEX_LETTER, UPPER | ALNUM),
	/* [ \ ] ^ _       */ DELIMITER | OPENING, 0, DELIMITER | CLOSING, 0, 0,
	DELIMITER | QUOTE, LETTERS(LOWER | ALNUM | HEX_LETTER, LOWER | ALNUM),
	/* { | } ~         */ DELIMITER | OPENING, DELIMITER, DELIMITER | CLOSING, 0, 0,
};
/* clang-format on */

static inline uint8_t flags(char c) { return byte_flags[(unsigned char)c]; }
static inline bool is_lower(char c) { return flags(c) & LOWER; }
static inline bool is_upper(char c) { return flags(c) & UPPER; }
static inline bool is_letter(char c) { return flags(c) & (LOWER | UPPER); }
static inline bool is_alnum(char c) { return flags(c) & ALNUM; }
static inline bool is_hex_letter(char c) { return flags(c) & HEX_LETTER; }
static inline bool is_delimiter(char c) { return flags(c) & DELIMITER; }
static inline bool is_opening(char c) { return flags(c) & OPENING; }
static inline bool is_closing(char c) { return flags(c) & CLOSING; }
static inline bool is_quote(char c) { return flags(c) & QUOTE; }
static inline bool is_high(char c) { return (unsigned char)c >= 0x80; }

#endif
