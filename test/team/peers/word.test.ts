import { describe, expect, it } from "vitest";
import { wordIn, wordText } from "../../../team/peers/word.ts";

const [channel, commit] = ["0123456789abcdef", "c".repeat(40)];

describe("the word of a machine", () => {
  it.each([{ channel }, { channel, commit }, { channel, looked: 0 }, { channel, commit, looked: 86_400 }])(
    "is read as it was written: %j",
    (word) => {
      expect(wordIn(wordText(word))).toEqual(word);
    },
  );

  it.each([
    undefined,
    "",
    "{}",
    `${channel} ${commit}`,
    `${channel} ${commit} -1`,
    `${channel} ${commit} 1e9`,
    `${channel} ${commit} 9999999999`,
    `${channel.toUpperCase()} ${commit} 1`,
    `${channel} ${commit.slice(1)} 1`,
    `${channel} ${commit} 1\n`,
    [`${channel} ${commit} 1`],
  ])("is nothing where somebody says %j", (text) => {
    expect(wordIn(text)).toBeUndefined();
  });
});
