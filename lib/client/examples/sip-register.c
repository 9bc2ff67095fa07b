/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A phone's registration over TLS. libre speaks SIP and owns the connections,
 * libcertprov-openssl decides whom they may be with, and whenever the phone's
 * trust changes the registrar is asked again, in the same process:
 *
 *	sip-register [--local] [--socket PATH] [--certificate certprov:client]
 *		sip:bob@pbx.example.com 192.0.2.1:5061
 *
 * With --certificate it shows a certificate of its own to a registrar that asks
 * for one: certprov:client is the phone's, whose key stays with the daemon,
 * when openssl.cnf is as certprov-provider(7) has it.
 *
 * The registrar must prove to be pbx.example.com, the domain the user has
 * configured, whatever address it is reached at (RFC 5922 section 4). What
 * happens is printed, a line each, until SIGTERM or SIGINT.
 */

/* How Debian builds libre; its headers want to be told, its pkg-config file
 * does not. */
#define HAVE_INET6 1
#define HAVE_INTTYPES_H 1
#define HAVE_STDBOOL_H 1
#define USE_OPENSSL 1
#define DEBUG_MODULE "sip-register"
#define DEBUG_LEVEL 5

#include <re/re.h>
#include <re/re_dbg.h>

#include <getopt.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include <certprov-openssl.h>
#include <openssl/err.h>
#include <openssl/store.h>

#define EXPIRES_S 60
#define BUCKETS 16

struct phone {
	const char *certificate; /* a URI; NULL: it shows none */
	const char *socket; /* of the daemon; NULL: where it is installed */
	const char *aor;    /* the address of record: sip:bob@pbx.example.com */
	char *user;
	char *domain;
	char *registrar; /* sip:pbx.example.com */
	char *route;     /* sip:192.0.2.1:5061;transport=tls */
	struct sa proxy;
	struct certprov *trust;
	struct certprov_monitor *monitor;
	struct tls *tls;
	struct sip *sip;
	struct sipreg *registration;
	bool under_way; /* from a handshake to the answer */
	bool again;     /* the trust changed meanwhile */
	struct tmr anew;
};

/* --- TLS --- */

static void print_verdict(const struct phone *p, const SSL *ssl)
{
	const struct certprov_verdict *v = certprov_openssl_verdict(ssl);

	if (!v)
		return;
	printf("tls: %s is %s (%s, generation %" PRIu64 "): %s\n", p->domain,
		certprov_verdict_trusted(v) ? "trusted" : "refused",
		certprov_verdict_result(v), certprov_verdict_generation(v),
		certprov_verdict_reason(v));
	if (certprov_verdict_remedy(v))
		printf("tls: remedy: %s\n", certprov_verdict_remedy(v));
}

/*
 * libre makes the SSL itself and keeps it: this is where others meet it. The
 * host is told before the handshake begins, the verdict is there after it, or
 * when the alert is sent that ends it.
 */
static void on_tls(const SSL *ssl, int where, int value)
{
	struct phone *p = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
	bool fatal = (where & SSL_CB_ALERT) && value >> 8 == SSL3_AL_FATAL;

	if (where & SSL_CB_HANDSHAKE_START) {
		p->under_way = true;
		certprov_openssl_set_host((SSL *)ssl, p->domain, CERTPROV_SIP);
	}
	if ((where & SSL_CB_HANDSHAKE_DONE) ||
		(fatal && (where & SSL_CB_WRITE)))
		print_verdict(p, ssl);
	if (fatal)
		printf("tls: alert %s: %s\n",
			where & SSL_CB_WRITE ? "sent" : "received",
			SSL_alert_desc_string_long(value));
}

/* The key and the certificates that a store has for this URI. */
static int show_certificate(SSL_CTX *context, const char *uri)
{
	OSSL_STORE_CTX *store = OSSL_STORE_open(uri, NULL, NULL, NULL, NULL);
	STACK_OF(X509) *chain = sk_X509_new_null();
	EVP_PKEY *key = NULL;
	X509 *leaf = NULL;
	int good = 0;

	while (store && chain && !OSSL_STORE_eof(store)) {
		OSSL_STORE_INFO *info = OSSL_STORE_load(store);
		int type = info ? OSSL_STORE_INFO_get_type(info) : 0;

		if (type == OSSL_STORE_INFO_PKEY && !key)
			key = OSSL_STORE_INFO_get1_PKEY(info);
		if (type == OSSL_STORE_INFO_CERT)
			(void)sk_X509_push(
				chain, OSSL_STORE_INFO_get1_CERT(info));
		OSSL_STORE_INFO_free(info);
	}
	leaf = sk_X509_shift(chain);
	good = key && leaf &&
		SSL_CTX_use_cert_and_key(context, leaf, key, chain, 1) == 1;
	if (!good)
		ERR_print_errors_fp(stderr);
	OSSL_STORE_close(store);
	X509_free(leaf);
	EVP_PKEY_free(key);
	sk_X509_pop_free(chain, X509_free);
	return good ? 0 : -ENOENT;
}

static int prepare_tls(struct phone *p, bool local)
{
	SSL_CTX *context;
	int r;

	r = tls_alloc(&p->tls, TLS_METHOD_SSLV23, NULL, NULL);
	if (r)
		return -r;
	context = tls_openssl_context(p->tls);
	SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
	SSL_CTX_set_app_data(context, p);
	/* Before installing, which goes on calling it. */
	SSL_CTX_set_info_callback(context, on_tls);
	r = certprov_openssl_install(context, p->trust);
	if (r >= 0 && local)
		r = certprov_openssl_set_local(context, 0);
	if (r >= 0 && p->certificate)
		r = show_certificate(context, p->certificate);
	return r;
}

/* --- SIP --- */

static void register_anew(void *phone);

static void on_answer(int r, const struct sip_msg *answer, void *userdata)
{
	struct phone *p = userdata;

	p->under_way = false;
	/* Not from here: it ends the registration that calls. */
	if (p->again)
		tmr_start(&p->anew, 0, register_anew, p);
	if (r)
		printf("sip: not registered: %s\n", strerror(r));
	else if (answer->scode >= 300)
		printf("sip: not registered: %u %.*s\n", answer->scode,
			(int)answer->reason.l, answer->reason.p);
	else
		printf("sip: registered: %u %.*s\n", answer->scode,
			(int)answer->reason.l, answer->reason.p);
}

/* Without a goodbye: the server may just have been distrusted. */
static void hang_up(struct phone *p)
{
	sip_transp_flush(p->sip);
	p->registration = mem_deref(p->registration);
	sip_close(p->sip, true);
	p->sip = mem_deref(p->sip);
}

/* The address of this machine that the registrar will see. */
static int own_address(const struct sa *peer, struct sa *ret)
{
	struct udp_sock *probe = NULL;
	struct sa any;
	int r;

	sa_init(&any, sa_af(peer));
	r = udp_listen(&probe, &any, NULL, NULL);
	if (!r)
		r = udp_connect(probe, peer);
	if (!r)
		r = udp_local_get(probe, ret);
	sa_set_port(ret, 0);
	mem_deref(probe);
	return r;
}

/* On a connection of its own: one that is open was verified by the trust of
 * another day. */
static void register_anew(void *phone)
{
	struct phone *p = phone;
	const char *routes[] = {p->route};
	struct sa own;
	int r;

	hang_up(p);
	p->under_way = p->again = false;
	r = own_address(&p->proxy, &own);
	if (!r)
		r = sip_alloc(&p->sip, NULL, BUCKETS, BUCKETS, BUCKETS,
			"certprov example", NULL, NULL);
	if (!r)
		r = sip_transp_add(p->sip, SIP_TRANSP_TLS, &own, p->tls);
	if (!r)
		r = sipreg_register(&p->registration, p->sip, p->registrar,
			p->aor, NULL, p->aor, EXPIRES_S, p->user, routes, 1, 0,
			NULL, NULL, false, on_answer, p, NULL, NULL);
	if (r)
		printf("sip: cannot register: %s\n", strerror(r));
}

/* --- trust --- */

static void on_event(const struct certprov_event *event, void *userdata)
{
	struct phone *p = userdata;

	if (certprov_event_kind(event) == CERTPROV_EVENT_LOST)
		printf("trust: the daemon has gone\n");
	if (certprov_event_kind(event) != CERTPROV_EVENT_TRUST)
		return;
	printf("trust: generation %" PRIu64 "\n",
		certprov_event_generation(event));
	/* What is under way fails if it is cut off: first its answer, or the
	 * end of waiting for one. */
	if (p->under_way)
		p->again = true;
	else
		register_anew(p);
}

static void watch(struct phone *p);

static void on_monitor(int flags, void *userdata)
{
	struct phone *p = userdata;

	(void)flags;
	if (certprov_monitor_process(p->monitor) < 0)
		printf("trust: out of resources\n");
	watch(p);
}

/* What it waits for may be another thing each time. */
static void watch(struct phone *p)
{
	short events = certprov_monitor_events(p->monitor);
	int flags = (events & POLLIN ? FD_READ : 0) |
		(events & POLLOUT ? FD_WRITE : 0);

	fd_listen(certprov_monitor_fd(p->monitor), flags, on_monitor, p);
}

/* --- the program --- */

static void on_signal(int signal)
{
	(void)signal;
	re_cancel();
}

static bool parse_addresses(struct phone *p, const char *aor, const char *proxy)
{
	struct pl text;
	struct uri uri;

	p->aor = aor;
	pl_set_str(&text, aor);
	if (uri_decode(&uri, &text) || !pl_isset(&uri.user) ||
		pl_strdup(&p->user, &uri.user) ||
		pl_strdup(&p->domain, &uri.host) ||
		re_sdprintf(&p->registrar, "sip:%s", p->domain) ||
		re_sdprintf(&p->route, "sip:%s;transport=tls", proxy))
		return false;
	return sa_decode(&p->proxy, proxy, strlen(proxy)) == 0;
}

static int run(struct phone *p, bool local)
{
	int r;

	r = certprov_new(&p->trust);
	if (r >= 0 && p->socket)
		r = certprov_set_socket(p->trust, p->socket);
	if (r >= 0)
		r = prepare_tls(p, local);
	if (r >= 0)
		r = certprov_monitor_new(p->trust, CERTPROV_MONITOR_TRUST,
			on_event, p, &p->monitor);
	if (r < 0)
		return r;
	watch(p);
	return -re_main(on_signal);
}

static void done(struct phone *p)
{
	tmr_cancel(&p->anew);
	if (p->monitor)
		fd_close(certprov_monitor_fd(p->monitor));
	hang_up(p);
	mem_deref(p->tls);
	certprov_monitor_free(p->monitor);
	certprov_free(p->trust);
	mem_deref(p->user);
	mem_deref(p->domain);
	mem_deref(p->registrar);
	mem_deref(p->route);
}

int main(int argc, char *argv[])
{
	static const struct option options[] = {
		{"certificate", required_argument, NULL, 'c'},
		{"local", no_argument, NULL, 'l'},
		{"socket", required_argument, NULL, 's'},
		{0},
	};
	struct phone phone = {0};
	bool local = false;
	int option, r;

	while ((option = getopt_long(argc, argv, "", options, NULL)) > 0 &&
		option != '?') {
		if (option == 'l')
			local = true;
		else if (option == 's')
			phone.socket = optarg;
		else
			phone.certificate = optarg;
	}
	if (option != -1 || argc - optind != 2 ||
		!parse_addresses(&phone, argv[optind], argv[optind + 1])) {
		(void)fprintf(stderr,
			"sip-register [--local] [--socket PATH] "
			"[--certificate URI] sip:USER@DOMAIN ADDRESS:PORT\n");
		return 64;
	}
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	dbg_init(DBG_WARNING, DBG_NONE);
	r = -libre_init();
	if (r >= 0)
		r = run(&phone, local);
	if (r < 0)
		(void)fprintf(stderr, "sip-register: %s\n", strerror(-r));
	done(&phone);
	libre_close();
	return r < 0;
}
