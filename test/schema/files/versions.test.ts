import { expect, test } from "vitest";
import { pinAnswers, runtimeAnswers } from "../../../schema/files/versions.ts";

test.each([
  ["7.88.1-10", "*", true],
  ["7.88.1-10", "7.88.*", true],
  ["7.88", "7.88.*", true],
  ["7.88-1", "7.88.*", true],
  ["7.88~rc1", "7.88.*", true],
  ["7.88+dfsg", "7.88.*", true],
  ["7.880-1", "7.88.*", false],
  ["7.88rc1", "7.88.*", false],
  ["7.8", "7.88.*", false],
  ["1:7.88-1", "7.88.*", true],
  ["1:7.88-1", "1:7.88.*", true],
  ["2:7.88-1", "1:7.88.*", false],
  ["7.88-1", "7.88-1", true],
  ["7.88-1", "7.88", false],
])("a package's %s for %s: %s", (version, request, answers) => {
  expect(pinAnswers(version, request)).toBe(answers);
});

test.each([
  ["node", "20.19.5", "20", true],
  ["node", "20", "20", true],
  ["node", "200.1", "20", false],
  ["node", "20.19.5", "20.19.*", true],
  ["node", "20.19.5", "lts", true],
  ["java", "21.0.4+7", "21.0.4-tem", true],
  ["rust", "1.80.0", "nightly", false],
  ["zig", "0.13.0", "0.13", true],
  ["zig", "0.130.0", "0.13", false],
  ["zig", "0.13.0", "master", true],
])("%s: %s for %s: %s", (name, version, request, answers) => {
  expect(runtimeAnswers(name, version, request)).toBe(answers);
});
