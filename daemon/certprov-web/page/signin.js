// SPDX-License-Identifier: Apache-2.0
// Signing in: as a view of its own, and over a view whose session has ended.
import { loadSession, session, signIn } from "/api.js";
import { announce, busy, button, dialog, el, field, input, note, para, problem, row, t,
	title } from "/dom.js";

// Nothing is tried for as long as certprov-web would refuse it.
function holdBack(send, told, seconds) {
	const ends = Date.now() + seconds * 1000;
	const tick = () => {
		const left = Math.ceil((ends - Date.now()) / 1000);
		send.disabled = left > 0;
		told.textContent = left > 0 ? t("wait", { seconds: left }) : "";
		if (left > 0 && send.isConnected)
			setTimeout(tick, 1000);
		else
			announce(t("tryNow"));
	};
	announce(t("wait", { seconds }));
	tick();
}

function form(user, done) {
	const name = input({ autocomplete: "username", autocapitalize: "none", spellcheck: false,
		required: true, value: user || "" });
	const password = input({ type: "password", autocomplete: "current-password", required: true });
	const send = el("button.main", t("signin"));
	const told = el("span");
	const attempt = async () => {
		try {
			await signIn(name.value, password.value);
			done?.();
		} catch (e) {
			if (e.after)
				setTimeout(holdBack, 0, send, told, e.after);
			throw e;
		} finally {
			password.value = "";
			password.focus();
		}
	};
	const onsubmit = (event) => {
		event.preventDefault();
		busy(send, attempt);
	};
	setTimeout(() => (user ? password : name).focus());
	return el("form", { onsubmit }, field("name", name), field("password", password),
		row(send, told));
}

export async function open({ root }) {
	root.append(title("signin"));
	if (session.usersConfigured)
		return root.append(form());
	// certprov-web says itself how to make a user.
	await signIn("nobody", "nothing").catch((e) =>
		root.append(problem(e, "warn"), para(button("again", loadSession))));
}

// Comes back with whether somebody is signed in again.
export const signInAgain = (user) => dialog("signin", (close) =>
	[note("warn", t("e.NotSignedIn")), form(user, () => close(true))]);
