import type { BundleTarget } from "../../app/bundle/deliver.ts";
import type { BundleSource } from "../../app/bundle/source.ts";
import type { ReceivedBundle } from "../../app/commands/team-receive.ts";
import { OmgError } from "../../schema/error.ts";
import type { Flags } from "../options.ts";
import {
  receiveQuestion,
  receiveScreen,
  senderBlock,
  sendersScreen,
  shareQuestion,
  shareScreen,
} from "../render/team-bundle.ts";
import { type Answer, applied, document, type Invocation, selection } from "./shared.ts";

export async function teamShare({ context, flags, ask, askLine }: Invocation): Promise<Answer> {
  const app = await import("../../app/commands/team-share.ts");
  const result = await app.teamShare(context, {
    ...selection(context, flags),
    target: targetOf(flags),
    to: flags.to ?? [],
    passphrase: passphrases(flags, askLine),
    artifacts: flags.artifacts === true,
    yes: flags.yes === true,
    ...(ask === undefined ? {} : { agree: (about) => ask((screen) => shareQuestion(about, screen), "Send this?") }),
  });
  const declined = context.signal.aborted ? "interrupted" : "consent";
  return {
    exit: result.outcome === "declined" ? declined : "done",
    json: document(result),
    screen: (screen) => shareScreen(result, screen, flags.yes !== true),
  };
}

export async function teamReceive(invocation: Invocation): Promise<Answer> {
  const { context, flags, args, ask, askLine } = invocation;
  const app = await import("../../app/commands/team-receive.ts");
  const result = await app.teamReceive(context, {
    source: await sourceOf(invocation, args[0]),
    ...(flags.key === undefined ? {} : { key: flags.key }),
    ...(flags.from === undefined ? {} : { from: flags.from }),
    passphrase: passphrases(flags, askLine),
    yes: flags.yes === true,
    apply: flags.apply !== false,
    ...(askLine === undefined ? {} : { recognise: (about) => recognise(askLine, about) }),
    ...(ask === undefined
      ? {}
      : { agree: (about) => ask((screen) => receiveQuestion(about, screen), "Lay this out here?") }),
  });
  const after = result.apply === undefined ? undefined : applied(result.apply, invocation);
  const declined = context.signal.aborted ? "interrupted" : "consent";
  return {
    exit: result.outcome === "declined" ? declined : (after?.exit ?? "done"),
    get json() {
      return document({ ...result, apply: undefined }, after === undefined ? {} : { apply: after.json });
    },
    screen: (screen) => [...receiveScreen(result, screen, flags.yes !== true), ...(after?.screen(screen) ?? [])],
  };
}

export async function teamSenders({ context, flags, args: [key] }: Invocation): Promise<Answer> {
  if ((flags.remove === true) !== (key !== undefined))
    throw usage("A key is named to be removed, and only then.", "`omg team senders --remove ed25519:…`");
  const app = await import("../../app/commands/team-senders.ts");
  const result = await app.teamSenders(context, key);
  return { exit: "done", json: document(result), screen: (screen) => sendersScreen(result, screen) };
}

/**
 * The person gives the key that they have from the sender, whole: what a screen shows would only be typed off it, and of a beginning others
 * can be made. Nothing: they have none.
 */
async function recognise(askLine: NonNullable<Invocation["askLine"]>, about: ReceivedBundle): Promise<boolean> {
  const question = "The sender's key, as you have it from them: ";
  const given = (await askLine((screen) => senderBlock(about, screen), question, "shown")).trim();
  if (given === "") return false;
  if (given === about.sender.key || `ed25519:${given}` === about.sender.key) return true;
  throw new OmgError({
    code: "bundle-other-sender",
    exit: "refused",
    message: "The bundle is signed with another key than that.",
    state: "Nothing of it was used, and nothing was changed.",
    hint: "Ask the sender for their key once more (`omg team share` prints it). If it is the same, somebody else made this bundle.",
  });
}

function targetOf(flags: Flags): BundleTarget {
  const targets: readonly BundleTarget[] = [
    ...(flags.output === undefined ? [] : [{ type: "file" as const, path: flags.output, force: flags.force === true }]),
    ...(flags.git === undefined ? [] : [{ type: "git" as const, remote: flags.git, ...sshOf(flags) }]),
    ...(flags.url === undefined ? [] : [{ type: "url" as const, url: flags.url, ...tokenOf(flags) }]),
  ];
  const [target] = targets;
  if (target !== undefined && targets.length === 1) return target;
  throw usage(
    targets.length > 1 ? "A bundle goes to one place." : "Say where the bundle goes.",
    "One of --output FILE, --git REMOTE and --url ADDRESS.",
  );
}

async function sourceOf({ context, flags }: Invocation, named: string | undefined): Promise<BundleSource> {
  if (flags.git !== undefined) {
    const lock = named ?? (await nameHere(context));
    if (/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(lock) && !lock.includes("..") && !lock.endsWith(".lock"))
      return { type: "git", lock, remote: flags.git, ...sshOf(flags) };
    throw usage(
      `${lock} is no name of a lock.`,
      "With --git, name the lock: `omg team receive web-team --git origin`.",
    );
  }
  if (named === undefined) throw usage("Name the bundle.", "A file, - for a pipe, or an https address.");
  if (named === "-") return { type: "stream", bytes: process.stdin };
  if (/^https?:\/\//.test(named)) return { type: "url", url: named, ...tokenOf(flags) };
  return { type: "file", path: named };
}

async function nameHere(context: Invocation["context"]): Promise<string> {
  const { readLock } = await import("../../app/lock-file.ts");
  return (await readLock(context, { lock: "omg.lock" }, "drop")).lock.name;
}

function passphrases({ passphraseFile: file }: Flags, askLine: Invocation["askLine"]) {
  return {
    ...(file === undefined ? {} : { file }),
    ...(askLine === undefined ? {} : { ask: (question: string) => askLine(() => [], question, "hidden") }),
  };
}

function sshOf({ sshKey, knownHosts }: Flags) {
  return { ...(sshKey === undefined ? {} : { sshKey }), ...(knownHosts === undefined ? {} : { knownHosts }) };
}

function tokenOf({ tokenFile }: Flags) {
  return tokenFile === undefined ? {} : { tokenFile };
}

function usage(message: string, hint: string): OmgError {
  return new OmgError({ code: "usage", exit: "error", message, state: "Nothing was changed.", hint });
}
