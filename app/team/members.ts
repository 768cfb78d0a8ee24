import type { Objects } from "../../host/git-objects.ts";
import { parseMembers } from "../../schema/files/members.ts";
import type { Member } from "../../schema/model/team.ts";
import { type Heard, heard, LARGEST_NOTE, NOTES, noteReference } from "../../team/note.ts";
import { MEMBERS_FILE } from "../../team/trust/roles.ts";

export const NOTES_PATTERN = `+${NOTES}*:${NOTES}*`;

/** The machines that a commit's tree lists. @throws OmgError `members-invalid`, those of the objects */
export async function membersIn(objects: Objects, tree: string): Promise<readonly Member[]> {
  const text = await objects.text(tree, MEMBERS_FILE);
  return text === undefined ? [] : parseMembers({ path: MEMBERS_FILE, text });
}

/** What each member says of itself, and how many say something who are none. */
export async function notesOf(
  objects: Objects,
  members: readonly Member[],
  references: readonly { readonly name: string; readonly object: string; readonly size: number }[],
  now: Date,
): Promise<{ readonly members: readonly (Member & { readonly heard: Heard })[]; readonly strangers: number }> {
  const small = new Map(
    references.filter(({ size }) => size <= LARGEST_NOTE).map(({ name, object }) => [name, object]),
  );
  const wanted = members.flatMap(({ key }) => small.get(noteReference(key)) ?? []);
  const texts = await objects.blobs([...new Set(wanted)]);
  const listed = new Set(members.map(({ key }) => noteReference(key)));
  return {
    members: members.map((member) => ({
      ...member,
      heard: heard(member, texts.get(small.get(noteReference(member.key)) ?? ""), now),
    })),
    strangers: references.filter(({ name }) => !listed.has(name)).length,
  };
}
