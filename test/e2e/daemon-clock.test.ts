import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { State } from "../../daemon/state.ts";
import { LAB_NEEDS } from "../support/apt-lab.ts";
import { createDaemonLab, type DaemonLab } from "../support/daemon-omg-lab.ts";
import { GIT_NEEDS } from "../support/git-lab.ts";
import { needs } from "../support/needs.ts";
import { until } from "../support/until.ts";

const HERE = needs(...GIT_NEEDS, ...LAB_NEEDS, "apt-utils", "faketime");
const DAY_MS = 86_400_000;

let lab: DaemonLab;
beforeEach(async () => {
  if (HERE) lab = await createDaemonLab();
});
afterEach(() => lab?.close());

const state = (): State => JSON.parse(readFileSync(lab.follow.place("state", "daemon", "state.json"), "utf8"));

describe.runIf(HERE)("an omgd whose clock is set back by a day", () => {
  it("tries again in its time what had failed, and does not take what it heard for news of tomorrow", async () => {
    const clock = lab.follow.place("clock");
    writeFileSync(clock, "+0");
    await lab.publish({ "omg-failpost": "1.0" });
    lab.configure({ backoff: 4, tries: 50 });
    const files = execFileSync("dpkg-query", ["--listfiles", "libfaketime"], { encoding: "utf8" }).split("\n");
    lab.start({
      LD_PRELOAD: files.find((file) => file.endsWith("/libfaketime.so.1")) ?? "",
      FAKETIME_TIMESTAMP_FILE: clock,
      FAKETIME_NO_CACHE: "1",
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
    });
    const count = () => state().rollForward?.count ?? 0;
    await until(() => hasState() && count() >= 1, 60_000);
    writeFileSync(clock, "-1d");
    const before = count();
    await until(() => count() > before, 60_000);
    await until(() => state().doing === "waiting");
    const { rollForward, contact = "" } = state();
    for (const time of [rollForward?.until ?? "", contact])
      expect(Date.parse(time)).toBeLessThan(Date.now() - DAY_MS + 60_000);
  });
});

function hasState(): boolean {
  try {
    return state().pid > 0;
  } catch {
    return false;
  }
}
