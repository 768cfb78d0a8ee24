import type { Context } from "../../app/context.ts";
import { presentHostKey } from "../../app/team/host.ts";
import { membersIn, NOTES_PATTERN, notesOf } from "../../app/team/members.ts";
import { withoutCredentials } from "../../host/address.ts";
import { objectsIn } from "../../host/git-objects.ts";
import { OmgError } from "../../schema/error.ts";
import type { Note } from "../../schema/wire/note-schema.ts";
import { readSettings, scopeOf } from "../settings.ts";
import { mirrorOf } from "../source/head.ts";
import { readMark } from "../source/marks.ts";
import { notInATeam } from "./pull.ts";

/** A machine of the team. */
export interface MemberView {
  readonly name: string;
  readonly key: string;
  readonly self: boolean;
  /** How it is by its own word, or why there is none. */
  readonly state: Note["state"] | "silent" | "expired" | "not signed by it";
  readonly note?: Note;
  /** It is at another commit than the newest that is believed here. */
  readonly elsewhere: boolean;
}

export interface TeamStatus {
  readonly channel: string;
  /** Believed here. */
  readonly commit: string;
  readonly members: readonly MemberView[];
  /** Notes of machines that the team does not list: removed ones, or ones that are not in yet. */
  readonly strangers: number;
  /** This machine's key, where it has one, and whether the team lists it. */
  readonly self: { readonly key?: string; readonly listed: boolean };
  /** Why the notes are as they were fetched before. */
  readonly stale?: string;
}

/**
 * Who is in the team, and how they are by their own signed word. What cannot be had is a word in the answer.
 * @throws OmgError `not-in-a-team`, `nothing-believed`, `no-repository`, `members-invalid`, and `repository-unreachable` where the
 * copy is lost as well
 */
export async function teamStatus(ctx: Context): Promise<TeamStatus> {
  const settings = await readSettings(ctx);
  if (settings.team === undefined) throw notInATeam();
  const mark = readMark(ctx, settings.channel);
  if (mark === undefined) throw nothingBelieved();
  const mirror = await mirrorOf(ctx, settings.repository, settings.ssh);
  // The copy may be removed, and is fetched again.
  if (!(await mirror.has(mark.commit))) await mirror.fetch([`+${settings.reference}:refs/omg/followed`], ctx.signal);
  const objects = objectsIn(mirror.folder);
  const tree = (await objects.commits([mark.commit])).get(mark.commit)?.tree ?? "";
  const members = await membersIn(objects, tree);
  const key = presentHostKey(ctx, scopeOf(ctx));
  const { stale, ...found } = await notes();
  return {
    channel: settings.channel,
    commit: mark.commit,
    members: found.members.map(({ name, key: its, heard }) => ({
      name,
      key: its,
      self: its === key,
      ...("note" in heard ? { state: heard.note.state, note: heard.note } : { state: heard.why }),
      elsewhere: "note" in heard && heard.note.commit !== mark.commit,
    })),
    strangers: found.strangers,
    self: { ...(key === undefined ? {} : { key }), listed: members.some((member) => member.key === key) },
    ...(stale === undefined ? {} : { stale }),
  };

  async function notes() {
    const place = await mirrorOf(ctx, settings.notes ?? settings.repository, settings.ssh);
    let why: string | undefined;
    try {
      await place.fetch([NOTES_PATTERN], ctx.signal);
    } catch (error) {
      if (!(error instanceof OmgError)) throw error;
      why = error.details[0] ?? `${withoutCredentials(place.address)} could not be fetched`;
    }
    const references = await place.filesUnder("refs/omg/members/");
    const read = await notesOf(objectsIn(place.folder), members, references, ctx.now());
    return { ...read, stale: why };
  }
}

function nothingBelieved(): OmgError {
  return new OmgError({
    code: "nothing-believed",
    exit: "error",
    message: "Nothing of the team's repository was believed here yet.",
    state: "Nothing was changed.",
    hint: "omg daemon fetch, or omg team pull",
  });
}
