import { OVER, type Telling } from "../tell.ts";

/** What was so when people were told last, by what it is about. */
export type Known = Readonly<Partial<Record<Telling["about"], string>>>;

/** Windows open and close by the clock: that is no news. */
const NO_NEWS: readonly Telling["about"][] = ["windows", "omgd", "peers"];

/**
 * What changed since people were told last. Of what nobody was told yet only what needs somebody is news; a step on the way (tone `dim`) is
 * none. Pure.
 */
export function newsOf(
  known: Known,
  tellings: readonly Telling[],
): { readonly news: readonly Telling[]; readonly known: Known } {
  const now = tellings.filter(({ about, tone }) => tone !== "dim" && !NO_NEWS.includes(about));
  const passing = tellings.filter(({ tone }) => tone === "dim").map(({ about }) => about);
  const news = now.filter((each) => {
    const before = known[each.about];
    return before === undefined ? each.tone !== "good" || each.about === "commit" : before !== stateOf(each);
  });
  const over = (Object.keys(known) as Telling["about"][]).flatMap((about): Telling[] => {
    const text = tellings.some((each) => each.about === about) ? undefined : OVER[about];
    return text === undefined ? [] : [{ about, tone: "good", text }];
  });
  const kept = Object.entries(known).filter(([about]) => passing.includes(about as Telling["about"]));
  return {
    news: [...over, ...news],
    known: Object.fromEntries([...kept, ...now.map((each) => [each.about, stateOf(each)])]),
  };
}

function stateOf({ tone, text, problem, state }: Telling): string {
  return [tone, state ?? text, problem?.code ?? ""].join("\n");
}
