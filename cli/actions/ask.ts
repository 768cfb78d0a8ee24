import type { ExplicitResult, InfoResult, OrphansResult, OutdatedResult, SearchResult } from "../../app/answers.ts";
import { OmgError } from "../../schema/error.ts";
import type { Flags } from "../options.ts";
import { infoScreen } from "../render/info.ts";
import { explicitScreen, orphansScreen, outdatedScreen } from "../render/lists.ts";
import { searchScreen } from "../render/search.ts";
import { sizeScreen } from "../render/size.ts";
import { whyScreen } from "../render/why.ts";
import { type Answer, document, type Invocation, selection } from "./shared.ts";

const LIMIT = 25;

export async function search({ context, flags, args }: Invocation): Promise<Answer> {
  const app = await import("../../app/commands/search.ts");
  const asked = { ...selection(context, flags), terms: args, limit: searchLimit(flags), fetch: flags.aur ?? false };
  return searchAnswer(await app.search(context, asked), flags);
}

export function searchLimit({ limit = LIMIT }: Flags): number {
  return limit;
}

export function searchAnswer(result: SearchResult, flags: Flags): Answer {
  return {
    exit: result.total === 0 ? "error" : "done",
    get json() {
      return document(result);
    },
    screen: (screen) => searchScreen(result, screen),
    ...namesOf(result.hits, flags),
  };
}

export async function info({ context, flags, args }: Invocation): Promise<Answer> {
  const app = await import("../../app/commands/info.ts");
  return infoAnswer(await app.info(context, { ...selection(context, flags), names: args }));
}

export function infoAnswer(result: InfoResult): Answer {
  return {
    exit: result.unknown.length > 0 ? "error" : "done",
    get json() {
      return document(result);
    },
    screen: (screen) => infoScreen(result, screen),
  };
}

export async function why({ context, flags, args }: Invocation): Promise<Answer> {
  const [name, ...more] = args;
  if (name === undefined || more.length > 0) throw oneName(args);
  const app = await import("../../app/commands/why.ts");
  const result = await app.why(context, { ...selection(context, flags), name });
  return { exit: "done", stands: true, json: document(result), screen: (screen) => whyScreen(result, screen) };
}

export async function outdated({ context, flags }: Invocation): Promise<Answer> {
  const app = await import("../../app/commands/outdated.ts");
  return outdatedAnswer(await app.outdated(context, selection(context, flags)), flags);
}

export function outdatedAnswer(result: OutdatedResult, flags: Flags): Answer {
  return {
    exit: "done",
    stands: true,
    get json() {
      return document(result);
    },
    screen: (screen) => outdatedScreen(result, screen),
    ...namesOf(result.packages, flags),
  };
}

export async function explicit({ context, flags }: Invocation): Promise<Answer> {
  const app = await import("../../app/commands/explicit.ts");
  return explicitAnswer(await app.explicit(context, selection(context, flags)), flags);
}

export function explicitAnswer(result: ExplicitResult, flags: Flags): Answer {
  return {
    exit: "done",
    stands: true,
    get json() {
      return document(result);
    },
    screen: (screen) => explicitScreen(result, screen),
    ...namesOf(result.packages, flags),
  };
}

export async function orphans({ context, flags }: Invocation): Promise<Answer> {
  const app = await import("../../app/commands/orphans.ts");
  return orphansAnswer(await app.orphans(context, selection(context, flags)), flags);
}

export function orphansAnswer(result: OrphansResult, flags: Flags): Answer {
  return {
    exit: "done",
    stands: true,
    get json() {
      return document(result);
    },
    screen: (screen) => orphansScreen(result, screen),
    ...namesOf(result.packages, flags),
  };
}

export async function size({ context, flags, args }: Invocation): Promise<Answer> {
  const app = await import("../../app/commands/size.ts");
  const limit = flags.limit ?? (args.length > 0 ? args.length : LIMIT);
  const result = await app.size(context, { ...selection(context, flags), names: args, limit });
  return { exit: "done", stands: true, json: document(result), screen: (screen) => sizeScreen(result, screen) };
}

/** `--names`, for pipes. */
function namesOf(packages: readonly { readonly name: string }[], flags: Flags): { readonly text?: string } {
  return flags.names === true ? { text: packages.map(({ name }) => `${name}\n`).join("") } : {};
}

function oneName(args: readonly string[]): OmgError {
  return new OmgError({
    code: "usage",
    exit: "error",
    message: args.length === 0 ? "No package was named." : "why takes one name.",
    hint: "Give one name: `omg why libssl3`.",
  });
}
