import type { State } from "../state.ts";

/** So many names are read; of more, how many there are. */
const NAMED = 8;

/** What is said of teammates on the local network; undefined where none are looked for. Pure. */
export function peersSaid({
  peers,
  refused = [],
}: Pick<State, "peers" | "refused">): { readonly tone: "good" | "dim" | "warn"; readonly text: string } | undefined {
  if (peers === undefined) return undefined;
  const { near, metered, missing, unlisted, problem } = peers;
  if (problem !== undefined) return { tone: "warn", text: `none: ${problem}` };
  if (unlisted !== undefined)
    return { tone: "warn", text: `none: the team does not list this machine's key, ${unlisted}` };
  const away = [
    ...(metered.length === 0 ? [] : [`paused on ${metered.join(", ")}, which costs by volume`]),
    ...refused.map(({ teammate }) => `${teammate} speaks of commits that do not count here`),
    ...(missing.length === 0 ? [] : [`${missing.join(", ")} has no IPv4 address here`]),
  ];
  const rest = near.length > NAMED ? `, and ${near.length - NAMED} more` : "";
  const who = near.length === 0 ? "nobody is near" : `${near.length} near: ${near.slice(0, NAMED).join(", ")}${rest}`;
  return { tone: away.length > 0 ? "warn" : near.length > 0 ? "good" : "dim", text: [who, ...away].join("; ") };
}
