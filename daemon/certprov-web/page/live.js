// SPDX-License-Identifier: Apache-2.0
// Keeps what is shown as the phone has it.
import { problem } from "/dom.js";

// Shows what fetch brings: now, and whenever the state of trust has changed, if that differs;
// one at a time, and after the last change. A failure is shown until it goes well again.
// Returns what asks for it.
export async function live({ root, signal, on }, fetch, show) {
	let last, failure, underWay, again;
	const once = async () => {
		let failed;
		try {
			const now = await fetch();
			const text = JSON.stringify(now);
			if (!signal.aborted && text !== last)
				await show(now);
			last = text;
		} catch (e) {
			if (signal.aborted || e.name === "NotSignedIn")
				return;
			failed = problem(e);
		}
		failure?.remove();
		if (failed)
			root.prepend(failed);
		failure = failed;
	};
	const update = async () => {
		again = true;
		underWay ||= (async () => {
			for (; again && !signal.aborted; await once())
				again = false;
			underWay = undefined;
		})();
		await underWay;
	};
	on("trust", update);
	await update();
	return update;
}
