import fc from "fast-check";

/**
 * In a pipeline every run tries the same cases, so that its answer is about the change and not about luck. Everywhere else each
 * run tries new ones, and prints the seed of what it finds: that case then gets a test of its own.
 */
if (process.env.CI !== undefined) fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: 20_261_125 });
