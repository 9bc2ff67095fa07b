// SPDX-License-Identifier: Apache-2.0
// Signing in: as a view of its own, and over a view whose session has ended.
import { loadSession, session, signIn } from "/api.js";
import { announce, busy, button, dialog, el, field, note, problem } from "/dom.js";
import { t } from "/strings.js";

// Nothing is tried for as long as certprov-web would refuse it.
function holdBack(submit, told, seconds) {
	const ends = Date.now() + seconds * 1000;
	const tick = () => {
		const left = Math.ceil((ends - Date.now()) / 1000);
		submit.disabled = left > 0;
		told.textContent = left > 0 ? t("signin.wait", { seconds: left }) : "";
		if (left > 0 && submit.isConnected)
			setTimeout(tick, 1000);
		else
			announce(t("signin.now"));
	};
	announce(t("signin.wait", { seconds }));
	tick();
}

function form(user, done) {
	const name = el("input", { autocomplete: "username", autocapitalize: "none", spellcheck: "false", required: true, value: user || "" });
	const password = el("input", { type: "password", autocomplete: "current-password", required: true });
	const submit = el("button", { class: "main" }, t("signin.do"));
	const told = el("span");
	let wait = 0;
	const work = async () => {
		try {
			await signIn(name.value, password.value);
			done?.();
		} catch (e) {
			wait = e.after || 0;
			throw e;
		} finally {
			password.value = "";
		}
	};
	return el("form", {
		onsubmit: async (event) => {
			event.preventDefault();
			wait = 0;
			await busy(submit, work);
			if (wait)
				holdBack(submit, told, wait);
			password.focus();
		},
	}, field(t("signin.user"), name), field(t("signin.password"), password), el("div", { class: "row" }, submit, told));
}

// certprov-web says itself how to make a user.
async function tellNoUsers(root) {
	try {
		await signIn("nobody", "nothing");
	} catch (e) {
		root.append(problem(e, "warn"), el("p", null, button(t("again"), loadSession)));
	}
}

export async function open({ root }) {
	root.append(el("h2", null, t("tab.signin")));
	if (!session.usersConfigured)
		return tellNoUsers(root);
	root.append(form());
	root.querySelector("input").focus();
}

// Comes back with whether somebody is signed in again.
export async function signInAgain(user) {
	return dialog(t("tab.signin"), (close, d) => {
		const f = form(user, () => close(true));
		setTimeout(() => d.querySelector(user ? "[type=password]" : "input").focus());
		return [note("warn", el("p", null, t("e.NotSignedIn"))), f];
	});
}
