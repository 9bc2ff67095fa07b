/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every answer certprov gives about a certificate, an element, a download, a
 * document or a peer: one table of identifier, sentence, remedy and clause.
 * Identifiers stay; sentences may change. Decides nothing.
 */
#ifndef CERTPROV_VERDICT_H
#define CERTPROV_VERDICT_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/macros.h"

enum verdict {
	/* The answer is yes. */
	VERDICT_ACCEPTED, /* a candidate, durable once it is reported */
	VERDICT_ALREADY_TRUSTED,
	VERDICT_TRUSTED,      /* a peer, by a path */
	VERDICT_NOT_VERIFIED, /* a peer, because verification is off */
	VERDICT_EXCEPTION,    /* a peer, by an exception */
	VERDICT_PROCESSED,    /* a document: fetched and read to its end */
	/* A file that the phone asks for by itself, and that is not there. */
	VERDICT_OPTIONAL_ABSENT,
	VERDICT_WITHDRAWN, /* kept, but no longer in the files */
	VERDICT_REMOVED,   /* for the same reason */
	/* kept, because the phone would lose its provisioning server with it */
	VERDICT_WOULD_LOCK_OUT,
	/* Not an answer yet; never final. */
	VERDICT_PENDING,
	/* The element. */
	VERDICT_AMBIGUOUS,
	VERDICT_EMPTY,
	VERDICT_TYPE_UNKNOWN,
	VERDICT_MISPLACED,
	VERDICT_UNKNOWN_ELEMENT, /* misspelt, or in a namespace */
	VERDICT_DUPLICATE_URL,
	VERDICT_URL_NOT_SUPPORTED,
	VERDICT_BASE64_NOT_SUPPORTED,
	/* The document. */
	VERDICT_NOT_WELL_FORMED,
	VERDICT_NOT_XML, /* but a web page, JSON, a message of a script... */
	VERDICT_DOCTYPE_REFUSED,
	VERDICT_UNKNOWN_ROOT,
	VERDICT_NO_ROOT,     /* only comments, or nothing */
	VERDICT_TEXT_FORMAT, /* settings text of firmware before 7 */
	VERDICT_UNREADABLE,  /* a file of certprovctl check */
	/* The download. */
	VERDICT_HTTP_STATUS,
	VERDICT_AUTHENTICATION_REQUIRED, /* a user, by server or proxy */
	VERDICT_TIMEOUT,
	VERDICT_TLS_REJECTED, /* a verdict about the peer was no */
	/* The handshake failed for another reason. */
	VERDICT_CLIENT_CERTIFICATE_REQUIRED,
	VERDICT_CLIENT_CERTIFICATE_REFUSED,
	VERDICT_PROTOCOL_VERSION,
	VERDICT_NO_COMMON_CIPHER,
	VERDICT_NOT_TLS,        /* https:// to a port of something else */
	VERDICT_HTTPS_REQUIRED, /* http:// to a port of TLS */
	VERDICT_HANDSHAKE_FAILED,
	VERDICT_REDIRECT_REFUSED,
	VERDICT_ADDRESS_REFUSED,
	VERDICT_CONNECTION_FAILED,
	VERDICT_INCOMPLETE_TRANSFER,
	VERDICT_TOO_LARGE,
	VERDICT_ENCODING_REFUSED, /* a content encoding nobody asked for */
	/* What the run never reached. */
	VERDICT_LIMIT_EXCEEDED,
	VERDICT_NOT_ATTEMPTED,
	VERDICT_FETCHER_LOST,
	VERDICT_CANCELLED,
	/* The bytes. */
	VERDICT_NOT_BASE64,
	VERDICT_NOT_DER,
	VERDICT_TRAILING_DATA,
	VERDICT_NOT_CANONICAL,
	VERDICT_MALFORMED,
	VERDICT_INVALID_EXTENSION,
	/* The certificate. */
	VERDICT_DIGEST_MISMATCH,
	VERDICT_DISTRUSTED,
	VERDICT_KEY_TOO_WEAK,
	VERDICT_KEY_UNSUPPORTED,
	VERDICT_EXPIRED,
	VERDICT_UNAUTHENTICATED_SOURCE,
	VERDICT_ISSUER_NOT_TRUSTED,
	VERDICT_STORE_FULL,
	VERDICT_UNAUTHENTICATED_FULL, /* of what anybody could have sent */
	VERDICT_STORE_FAILED,
	/* The peer. */
	VERDICT_NOT_YET_VALID,
	VERDICT_NAME_MISMATCH,
	VERDICT_HOST_INVALID, /* what was asked for is no host name */
	VERDICT_NOT_FOR_SERVERS,
	VERDICT_BAD_SIGNATURE,
	VERDICT_WEAK_SIGNATURE, /* MD5, SHA-1 below the anchor */
	VERDICT_NOT_A_CA,       /* an issuer in the path may not issue */
	VERDICT_PATH_TOO_LONG,
	VERDICT_NAME_CONSTRAINTS,
	VERDICT_UNHANDLED_CRITICAL,
	VERDICT_POLICY_MISSING, /* an issuer demands one */
	VERDICT_PROFILE,        /* the strict profile asks for more */
	VERDICT_BUDGET,         /* more work than a verdict may cost */
	/* The phone's own certificate and key. */
	VERDICT_IDENTITY_PEM_DAMAGED,
	VERDICT_IDENTITY_TOO_MANY,
	VERDICT_IDENTITY_CERTIFICATE_MISSING,
	VERDICT_IDENTITY_KEY_MISSING,
	VERDICT_IDENTITY_KEY_DAMAGED,
	VERDICT_IDENTITY_KEY_ENCRYPTED,
	VERDICT_IDENTITY_KEY_MISMATCH,
	VERDICT_IDENTITY_SHARED_MODEL,
	VERDICT_IDENTITY_SHA2_UNSUPPORTED,
	VERDICT_IDENTITY_NO_MAC,
	VERDICT_IDENTITY_MAC_MISMATCH,
	VERDICT_IDENTITY_ISSUER_UNKNOWN,
	VERDICT_IDENTITY_NO_REQUEST,
	VERDICT_IDENTITY_UNREADABLE,
	VERDICT_IDENTITY_KEY_EXPOSED,
	VERDICT_IDENTITY_NOT_REQUESTED, /* it is for another key */
	VERDICT_IDENTITY_KEY_LOST,      /* of webserver_cert */

	VERDICT__END
};

/* Said beside an answer that is yes. */
enum warning {
	WARNING_NOT_YET_VALID,
	WARNING_NOT_AUTHENTICATED,
	WARNING_NEITHER_CA_NOR_SERVER,
	WARNING_EXPIRES_SOON, /* within 30 days */
	WARNING_KEY_SHORT,    /* RSA below 2048, EC below 256 bits */
	WARNING_CN_USED,      /* the name was found in the common name */
	WARNING_NOT_RECORDED, /* the daemon took no note of a rejection */
	WARNING_CA_NOT_FOR_SERVERS,
	WARNING_CA_MAY_NOT_SIGN,
	WARNING_ISSUES_NOTHING,     /* looks like a CA and is none */
	WARNING_SERVER_CERTIFICATE, /* a server's own, its CA is not known */
	WARNING_NAMES_NO_HOST,
	WARNING_ACCEPTED_LATE, /* a server was rejected for want of it */
	/* What is wrong with a peer all the same: what an exception lets pass,
	 * and what it would. Named as the verdicts are. */
	WARNING_EXPIRED,
	WARNING_NAME_MISMATCH,
	WARNING_ISSUER_NOT_TRUSTED,
	WARNING_NOT_FOR_SERVERS,
	WARNING_PATH_REFUSED, /* for anything else */
	/* The phone's own certificate. */
	WARNING_IDENTITY_SHARED,
	WARNING_IDENTITY_WITHOUT_MAC,
	WARNING_IDENTITY_OTHER_MAC,
	WARNING_IDENTITY_CHAIN_INCOMPLETE,
	WARNING_IDENTITY_ISSUER_UNKNOWN,
	WARNING_CLIENT_CERTIFICATE_WITHHELD,
	WARNING_KEY_UNAUTHENTICATED, /* a private key */

	WARNING__END
};
#define WARNING_BIT(w) (1U << (unsigned)(w))

/* Other words for a verdict, where more is known of the reason. */
enum verdict_variant {
	VARIANT_NONE,
	/* issuer-not-trusted */
	VARIANT_SELF_SIGNED,
	VARIANT_SELF_SIGNED_ISSUER, /* above the peer's own certificate */
	VARIANT_SAME_NAME, /* subject and issuer, without identifiers */
	VARIANT_CHAIN,     /* and the chain rule holds */
	VARIANT_CHAIN_SELF_SIGNED,
	VARIANT_CHAIN_BROKEN, /* the issuer is there, but of no use */
	/* expired */
	VARIANT_EXPIRED_ISSUER,
	VARIANT_EXPIRED_ISSUER_CHAIN, /* a root, and the chain rule holds */
	VARIANT_EXPIRED_ISSUER_SENT,
	VARIANT_EXPIRED_ISSUER_REPLACED, /* by a CA that is trusted */
	/* profile */
	VARIANT_IDENTIFIERS, /* others than those of the issuer */

	VARIANT__END
};

/*
 * The facts a sentence is made of; NULL where unknown. Borrowed. All but the
 * first are text for a person: the caller has redacted URLs (lib/url).
 */
struct facts {
	const char *firmware;
	const char *subject; /* of the certificate the answer is about */
	const char *issuer;  /* its issuer: the one that is missing */
	const char *sha256;  /* its fingerprint */
	const char *url;
	const char *host;  /* the name asked for */
	const char *names; /* the names that are there */
	const char *date;
	const char *detail;    /* what exactly: status, limit, parser message */
	const char *clause;    /* that decides, if not the row's */
	const char *rule;      /* identifier of the firmware rule */
	const char *convert;   /* the command that makes DER of it */
	const char *now;       /* what the clock says */
	const char *clock;     /* and what kind of time that is, ", which is" */
	const char *apart;     /* how far the date is from it: "20 days" */
	const char *element;   /* the XML that would provision the issuer */
	const char *exception; /* the command that makes one */
	const char *lift;      /* what takes a distrust back: words of it */
	const char *role;      /* what it is accepted as, unless for itself */
	const char *since;     /* the firmware versions that support it */
	const char *setting;   /* name of a setting */
	const char *value;     /* the one that was offered */
	const char *former;    /* the one before */
	const char *effective; /* the one that counts */
	const char *fault;     /* what is wrong with it */
	const char *allowed;   /* what it may be */
	const char *wrong;     /* markup as it is written */
	const char *meant;     /* what to write instead */
	const char *around;    /* the element that is missing around it */
	const char *parent;    /* the element it must not stand in */
	const char *mistake;   /* whose remedy it is (lib/verdict/mistake) */
	const char *unwanted;  /* what it had better not have */
	const char *wanted;    /* what it lacks */
	const char *cure;      /* a setting that would do: "set X to Y" */
	const char *ca;        /* the issuer that is the cause */
	const char *remedy;    /* a template: instead of the row's */
	const char *known;     /* what is known of that name, a clause */
	const char *earlier;   /* what was trusted before, a clause */
	const char *from;      /* whose certificate it is, in a few words */
	const char *unsent;    /* the issuer, where the peer left it out */
	const char *way;       /* what to do about a rule of the firmware */
	const char *server;    /* host and port of a download */
	const char *asked;     /* the URL asked at last, if not url */
	const char *advice;    /* what helps against the cause */
	const char *correct;   /* the URL that would fit the certificate */
	const char *peer_cure; /* remedy of the verdict about a peer */
	const char *later;     /* what this run may bring for the next */
	const char *line;      /* of the text */
	const char *shown;     /* the phone's certificate, which was sent */
	const char *withheld;  /* why it was not, a clause */
};

struct verdict_row {
	const char *name;     /* kebab-case identifier */
	bool positive;        /* the answer is yes */
	bool recoverable;     /* an exception could cure it (peers) */
	const char *sentence; /* template: {fact}; [..] is left out without its
				 fact, [..|..] is the first that has its own */
	const char *remedy;   /* template, or NULL when nothing would */
	const char *clause;   /* of the standard that decides, or NULL */
	const char *source;   /* the vendor's document that does, or NULL */
};
/* NULL: the row's. */
struct variant_row {
	const char *sentence;
	const char *remedy;
};
struct warning_row {
	const char *name;
	const char *sentence; /* template, as in a verdict */
	const char *remedy;   /* template, or NULL when nothing is to be done */
};
/* The tables, in verdict-rows.c and verdict-variants.c. */
extern const struct verdict_row verdict_rows[VERDICT__END];
extern const struct warning_row warning_rows[WARNING__END];
extern const struct variant_row variant_rows[VARIANT__END];

/* Remedies that fit a verdict better where more is known (facts.remedy). */
extern const char verdict_remedy_no_names[];
extern const char verdict_remedy_publish_itself[];
extern const char verdict_remedy_new_root[];
extern const char verdict_remedy_issue_as_ca[];
extern const char verdict_remedy_new_authority[];
extern const char verdict_remedy_other_issuer[];
extern const char verdict_remedy_anchor_for_servers[];
extern const char verdict_remedy_authority_for_servers[];
extern const char verdict_remedy_ca_for_servers[];

/* The row of a verdict; never NULL. */
const struct verdict_row *verdict_row(enum verdict v);
/* Short forms of the same. */
const char *verdict_name(enum verdict v);
bool verdict_is_positive(enum verdict v);
/* By identifier: 0, or -ENOENT. */
int verdict_find(const char *name, enum verdict *ret);

/*
 * Sentence and remedy with the facts filled in, in new memory the caller
 * frees; a refusal ends with the clause that decides. *ret_remedy may become
 * NULL. Both outputs may be NULL pointers.
 * Control characters in facts are escaped. 0 or -ENOMEM.
 */
int verdict_explain(enum verdict v, const struct facts *facts,
	char **ret_reason, char **ret_remedy);

/* The same in the words of a variant. */
int verdict_explain_variant(enum verdict v, enum verdict_variant variant,
	const struct facts *facts, char **ret_reason, char **ret_remedy);

/* A sentence of another table, written as those of this one are: {fact}, and
 * [..] is left out without its fact. Facts are escaped. NULL
 * stays NULL. 0 or -ENOMEM. */
int verdict_fill(const char *template, const struct facts *facts, char **ret);

/* A warning as it is told: the identifier stays, the sentence may change. */
struct warning_words {
	const char *identifier; /* lives forever */
	char *sentence;
	char *remedy; /* or NULL */
};
void warning_words_done(struct warning_words *w);
DEFINE_CLEANUP_EMBEDDED(struct warning_words, warning_words_done);

const char *warning_name(enum warning w);
/* Its words with the facts filled in (NULL: none are known), for
 * warning_words_done(). 0 or -ENOMEM. */
int warning_explain(
	enum warning w, const struct facts *facts, struct warning_words *ret);

#endif
