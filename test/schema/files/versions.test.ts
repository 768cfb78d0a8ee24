import { expect, test } from "vitest";
import { pinAnswers } from "../../../schema/files/versions.ts";

test.each([
  ["apt", "7.88.1-10", "*", true],
  ["apt", "7.88.1-10", "7.88.*", true],
  ["apt", "7.88", "7.88.*", true],
  ["apt", "7.88-1", "7.88.*", true],
  ["apt", "7.88~rc1", "7.88.*", true],
  ["apt", "7.88+dfsg", "7.88.*", true],
  ["apt", "7.880-1", "7.88.*", false],
  ["apt", "7.88rc1", "7.88.*", false],
  ["apt", "7.8", "7.88.*", false],
  ["apt", "1:7.88-1", "7.88.*", true],
  ["apt", "1:7.88-1", "1:7.88.*", true],
  ["apt", "2:7.88-1", "1:7.88.*", false],
  ["apt", "7.88-1", "7.88-1", true],
  ["apt", "7.88-1", "7.88", false],
  ["runtimes", "20.19.5", "20", true],
  ["runtimes", "20", "20", true],
  ["runtimes", "200.1", "20", false],
  ["runtimes", "20.19.5", "20.19.*", true],
  ["runtimes", "20.19.5", "lts", true],
])("%s: %s for %s: %s", (section, version, request, answers) => {
  expect(pinAnswers(section, version, request)).toBe(answers);
});
