import { OmgError } from "../../../schema/error.ts";
import type { Power } from "../../../schema/model/desired.ts";
import type { Ask } from "../settings.ts";
import type { ToBuild } from "./means.ts";
import type { Output } from "./outputs.ts";

const WORDS: Readonly<Record<Power, string>> = {
  setuid: "runs with its owner's or group's rights, whoever starts it",
  capabilities: "has rights of root's, whoever starts it",
  "install-script": "is run by root while packages come, change and go",
};

/** Lets pass what the lock allows; asks about the rest. Errors: OmgError `powers-refused`. */
export async function refusePowers(
  outputs: readonly Output[],
  wanted: readonly ToBuild[],
  ask: Ask | undefined,
): Promise<void> {
  for (const { name, content } of outputs) {
    const allowed = wanted.find((each) => each.name === name)?.chain.allow ?? [];
    const open = [...content.powers].filter(([power]) => !allowed.includes(power));
    if (open.length === 0) continue;
    const text = open.map(([power, file]) => `${file} (${power}) ${WORDS[power]}`).join("\n");
    const title = `${name} holds what acts with more rights than yours`;
    if ((await ask?.({ title, text, question: "Install it all the same?" })) === true) continue;
    throw refused(name, open);
  }
}

function refused(name: string, open: readonly (readonly [Power, string])[]): OmgError {
  const powers = open.map(([power]) => power).join(", ");
  return new OmgError({
    code: "powers-refused",
    exit: "consent",
    message: `${name} was built, and nobody has agreed to what it holds: ${open.map(([power, file]) => `${file} (${power})`).join(", ")}.`,
    state: "It was thrown away, and nothing else was changed.",
    hint: `Look at its recipe; then write { version: "*", allow: [${powers}] } for it into the lock.`,
  });
}
