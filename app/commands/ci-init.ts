import { lstatSync } from "node:fs";
import { dirname, join } from "node:path";
import { makeFolder, writeOwned } from "../../host/files.ts";
import { readRepository } from "../../host/git-head.ts";
import { OmgError } from "../../schema/error.ts";
import type { Context } from "../context.ts";

export interface CiInitResult {
  readonly text: string;
  /** Where it was written; absent where it is only for printing. */
  readonly path?: string;
}

/**
 * A pipeline that checks the machine it runs on against the lock of the repository. GitHub's is a file of its own; GitLab has one
 * file for everything, so its job is only given out.
 * @throws OmgError `ci-file-there`
 */
export function ciInit(ctx: Context, kind: "github" | "gitlab"): CiInitResult {
  if (kind === "gitlab") return { text: GITLAB };
  const path = join(readRepository(ctx.cwd)?.root ?? ctx.cwd, GITHUB_FILE);
  if (lstatSync(path, { throwIfNoEntry: false }) !== undefined)
    throw new OmgError({
      code: "ci-file-there",
      exit: "error",
      message: `${path} is there already.`,
      state: "It was left as it is.",
      hint: "Move it away to have a new one written.",
    });
  makeFolder(dirname(path));
  writeOwned(path, GITHUB);
  return { text: GITHUB, path };
}

/** Where GitHub looks for it. */
export const GITHUB_FILE = ".github/workflows/omg.yml";

export const GITHUB = `# Checks the machine that this job runs on against omg.lock. omg has to be on the runner, or in the image of the job.
name: omg
on:
  push:
  pull_request:
  schedule:
    - cron: "17 5 * * *"
permissions:
  contents: read
jobs:
  check:
    runs-on: self-hosted
    steps:
      - uses: actions/checkout@v4
        with:
          persist-credentials: false
      - name: omg is there
        run: omg --version
      # Annotates the lock's lines, and writes the summary of the job. Ends with 2 where something differs.
      - name: the machine is as omg.lock says
        run: omg ci check
`;

const GITLAB = `# Checks the machine that this job runs on against omg.lock. omg has to be on the runner, or in the image of the job.
omg:
  stage: test
  script:
    - omg --version
    - omg ci check --format sarif > omg.sarif || true
    - omg ci check
  artifacts:
    when: always
    paths:
      - omg.sarif
`;
