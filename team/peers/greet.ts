import { FetchFailure } from "../../host/fetch-failure.ts";
import type { Member } from "../../schema/model/team.ts";
import { askMember } from "./ask.ts";
import type { Handshake } from "./handshake.ts";
import { HELLO, WORD_HEADER } from "./offer.ts";
import { type Word, wordIn, wordText } from "./word.ts";

/** Who was found at a place, and what is said there. */
export interface Greeting {
  readonly member: Member;
  readonly word: Word | undefined;
}

const LONGEST = 1024;

/**
 * Finds out who is there, and tells how it is here.
 * @throws FetchFailure where that is no member, or nothing answers as it should
 */
export async function greet(handshake: Handshake, word: Word | undefined): Promise<Greeting> {
  const headers = word === undefined ? {} : { [WORD_HEADER]: wordText(word) };
  const limits = { longest: LONGEST, limitMs: handshake.limitMs };
  const { member, status, body } = await askMember(handshake, HELLO, headers, limits);
  if (status !== 200) throw new FetchFailure("http-status", "it greets nobody");
  return { member, word: wordIn(body.toString("latin1")) };
}
