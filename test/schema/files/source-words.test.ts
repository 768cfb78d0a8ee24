import { describe, expect, it } from "vitest";
import { SOURCE_WORDS, wordsPattern } from "../../../schema/files/source-words.ts";

describe("addresses of sources", () => {
  const isAddress = (text: string) => wordsPattern(SOURCE_WORDS.uris).test(text);

  it.each([
    "https://deb.example.org/debian",
    "http://10.0.0.1:3142/a/b/",
    "file:/srv/a..b/c",
    "https://a/x file:///srv/y",
  ])("may be %s", (text) => expect(isAddress(text)).toBe(true));

  it.each([
    "ssh://host/x",
    "mirror+file:/x",
    "https://user:secret@host/x",
    "file:/srv/../etc",
    "file:/srv/%2e%2e/etc",
    "file:/srv/%2E./etc",
    "file:/srv/..%2fetc",
    "https://host/a%2F..%2Fb",
    "https://host/a/..",
    "https://host/a/./b",
    "https://a/x file:/srv/../etc",
  ])("may not be %s", (text) => expect(isAddress(text)).toBe(false));
});
