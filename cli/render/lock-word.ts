import type { LockWord } from "../../app/answers.ts";

/** What a lock says of a package, and where: `asked for as 7.88.*, pinned to 7.88.1-10 (/srv/omg.lock:7)`. */
export function lockWord({ request, pinned, at }: LockWord): string {
  const asked = request === "absent" || request === "purged" ? `wanted ${request}` : `asked for as ${request}`;
  const parts = [request === undefined ? "" : asked, pinned === undefined ? "" : `pinned to ${pinned}`];
  const place = at === undefined ? "" : ` (${at.file}:${at.line})`;
  return `${parts.filter((part) => part !== "").join(", ")}${place}`;
}
