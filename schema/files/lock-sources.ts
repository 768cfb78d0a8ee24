import { z } from "zod";
import type { SourceRequest } from "../model/lock.ts";
import { keyBlock } from "./key-block.ts";
import { KEYRING, MAX_KEY, SOURCE_KEY, SOURCE_WORDS, suitesFault, wordsOf, wordsPattern } from "./source-words.ts";

export const sourceKey = z
  .string()
  .regex(SOURCE_KEY, { error: "is not a name for a source: small letters, digits, and - _ after the first" });

function words(word: RegExp, error: string) {
  const one = new RegExp(`^${word.source}$`);
  return z.union([
    z.string().regex(wordsPattern(word), { error }),
    z.array(z.string().regex(one, { error })).min(1, { error: "the list is empty" }).max(64),
  ]);
}

const SIGNED_BY =
  "must be a block of public keys in ASCII armour, or a keyring that a package has in /usr/share/keyrings";

const signedBy = z
  .string()
  .max(MAX_KEY)
  .refine((text) => KEYRING.test(text) || keyBlock(text) !== undefined, { error: SIGNED_BY });

/** sources.list(5), deb822 style. `Trusted` is left out on purpose: nothing unsigned is trusted by a lock. */
export const aptSource = z
  .strictObject({
    types: words(SOURCE_WORDS.types, "must be deb or deb-src").exactOptional(),
    uris: words(SOURCE_WORDS.uris, "must be http:, https: or file: addresses, without a password"),
    suites: words(SOURCE_WORDS.suites, "is not a suite"),
    components: words(SOURCE_WORDS.components, "is not a component").exactOptional(),
    architectures: words(SOURCE_WORDS.architectures, "is not an architecture").exactOptional(),
    "signed-by": signedBy.exactOptional(),
  })
  .superRefine(({ suites, components }, context) => {
    const fault = suitesFault(wordsOf(suites), wordsOf(components));
    if (fault !== undefined) context.addIssue({ code: "custom", path: ["suites"], message: fault });
  });

/** A source with every shorthand written out. */
export function sourceRequest(written: z.infer<typeof aptSource>): SourceRequest {
  const key = written["signed-by"] ?? "";
  return {
    types: wordsOf(written.types ?? "deb"),
    uris: wordsOf(written.uris),
    suites: wordsOf(written.suites),
    components: wordsOf(written.components),
    architectures: wordsOf(written.architectures),
    key: keyBlock(key) ?? key,
  };
}
