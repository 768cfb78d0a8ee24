import type { Context } from "../../app/context.ts";
import { type ExitName, OmgError } from "../../schema/error.ts";
import { isRepositoryAddress } from "../../schema/files/addresses.ts";
import { trustFingerprint } from "../../schema/files/names.ts";
import { joinQuestion, joinScreen, teamInitQuestion, teamInitScreen } from "../render/team.ts";
import { membersScreen, teamStatusScreen } from "../render/team-members.ts";
import { type Answer, applied, document, type Invocation, switches } from "./shared.ts";

export async function teamInit({ context, flags, args: [name], ask }: Invocation): Promise<Answer> {
  const app = await import("../../app/team/init.ts");
  const result = await app.teamInit(context, {
    ...(name === undefined ? {} : { name }),
    yes: switches(flags, ["yes"]).yes === true,
    ...(ask === undefined ? {} : { agree: (about) => ask(() => teamInitQuestion(about), "Write this?") }),
  });
  return {
    exit: result.outcome === "written" ? "done" : declined(context),
    json: document(result),
    screen: (screen) => teamInitScreen(result, screen),
  };
}

export async function teamJoin({ context, flags, args: [repository], ask, askLine }: Invocation): Promise<Answer> {
  if (repository === undefined) throw usage("Which repository is not said.", "omg team join URL --trust SHA256:…");
  if (!isRepositoryAddress(repository)) throw noAddress(repository);
  const { branch, path, sshKey, knownHosts } = flags;
  const question = "Fingerprint of the team, as somebody of it gave it to you: ";
  const trust = flags.trust ?? (await askLine?.(() => [], question, "shown"))?.trim();
  const asking = "Ask somebody of the team for it, and not the server: --trust SHA256:…";
  if (trust === undefined || trust === "")
    throw usage("By what the team is known is not said: the fingerprint of its first trust document.", asking);
  if (!trustFingerprint.safeParse(trust).success)
    throw usage(`${trust} is no fingerprint: that is SHA256: and 43 characters behind it.`, asking);
  const { teamJoin: join } = await import("../../daemon/team/join.ts");
  const result = await join(context, {
    repository,
    trust,
    ...(branch === undefined ? {} : { branch }),
    ...(path === undefined ? {} : { path }),
    ...(sshKey === undefined ? {} : { sshKey }),
    ...(knownHosts === undefined ? {} : { knownHosts }),
    yes: switches(flags, ["yes"]).yes === true,
    ...(ask === undefined
      ? {}
      : { agree: (about) => ask((screen) => joinQuestion(about, screen), "Join, and apply this?") }),
  });
  return {
    exit: result.outcome === "joined" ? "done" : declined(context),
    json: document(result),
    screen: (screen) => joinScreen(result, screen),
  };
}

export async function teamPull(invocation: Invocation): Promise<Answer> {
  const { context, flags } = invocation;
  const { teamPull: pull } = await import("../../daemon/team/pull.ts");
  return applied(await pull(context, { yes: switches(flags, ["yes"]).yes === true }), invocation);
}

export async function teamStatus({ context }: Invocation): Promise<Answer> {
  const result = await statusFor(context);
  return { exit: "done", json: document(result), screen: (screen) => teamStatusScreen(result, screen) };
}

export async function teamMembers({ context }: Invocation): Promise<Answer> {
  const result = await statusFor(context);
  return { exit: "done", json: document(result), screen: (screen) => membersScreen(result, screen) };
}

async function statusFor(context: Context) {
  const [{ teamStatus: status }, { asService }] = await Promise.all([
    import("../../daemon/team/status.ts"),
    import("../../daemon/units/identity.ts"),
  ]);
  return status(await asService(context));
}

function declined({ signal }: Context): ExitName {
  return signal.aborted ? "interrupted" : "consent";
}

/** As git's own short form of an address, which says less than it seems to. */
function noAddress(given: string): OmgError {
  const [, user, host, path] = /^(?:([\w.-]+)@)?([\w.-]+):(?!\/\/)\/?(.+)$/.exec(given) ?? [];
  const meant = host === undefined ? "https://host/team.git" : `ssh://${user ?? "git"}@${host}/${path}`;
  return usage(
    `${given} is not an https, http, ssh or file address of a git repository.`,
    `Write it out, such as ${meant}.`,
  );
}

function usage(message: string, hint: string): OmgError {
  return new OmgError({ code: "usage", exit: "error", message, hint });
}
