import { LOOK } from "../schema/wire/look.ts";
import { OWN } from "../schema/wire/own.ts";
import { SURROUNDINGS } from "../schema/wire/surroundings.ts";
import { COMMANDS } from "./commands/index.ts";
import { KEPT_COMMANDS } from "./standing/question.ts";

/** native/passed_on.h: what omg-fast has to know of the command table and of what omgd asks back. */
export function passedOnHeader(): string {
  const commands = COMMANDS.filter(({ passedOn }) => passedOn === true).map(({ name }) => name);
  const kept = [...new Set(KEPT_COMMANDS.map((words) => words.split(" ")[0] ?? ""))];
  return `/* Written by scripts/schemas.mjs. */
#ifndef OMG_PASSED_ON_H
#define OMG_PASSED_ON_H

#include "place.h"

/* Commands that omgd may answer, by the command table (cli/commands/). */
${list("passed_on", commands)}
/* The first words of commands whose answers are kept: cli/standing/question.ts. */
${list("kept", kept)}
/* Variables that say where omg's things lie: schema/wire/surroundings.ts. */
${list("surroundings", SURROUNDINGS)}
/* Variables that colour and width hang on: schema/wire/look.ts. */
${list("looks", LOOK)}
/* What of the caller's own the answers to commands hang on: schema/wire/own.ts. */
${owned()}
#endif
`;
}

function owned(): string {
  const lines = OWN.map(([command, folder, name]) => `    {"${command}", USER_${folder.toUpperCase()}, "/${name}"},\n`);
  return `static const struct {
    const char *command;
    enum user_folder folder;
    const char *name;
} own_things[] = {\n${lines.join("")}};\n`;
}

function list(name: string, words: readonly string[]): string {
  return `static const char *const ${name}[] = {\n${words.map((word) => `    "${word}",\n`).join("")}};\n`;
}
