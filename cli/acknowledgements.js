"use strict";

const { toJsonLine } = require("./display.js");
const { writer } = require("./writer.js");

/**
 * Prints each answer as a line of JSON, also those that came before a request failed.
 *
 * @param {() => Promise<unknown[]>} ask
 */
const printAnswers = async (ask) => {
  const print = (answers) => writer(process.stdout)(answers.map(toJsonLine).join(""));
  let answers;
  try {
    answers = await ask();
  } catch (error) {
    await print(error.responses ?? []);
    throw error;
  }
  await print(answers);
};

module.exports = { printAnswers };
