"use strict";

const { messageOf } = require("./errors.js");
const { isMissing } = require("./options.js");

/**
 * Answers the native side's questions for the password with the caller's function. It holds no
 * emitter: the native side holds it, and must not keep one from being collected.
 */
const passwordAsker = (password) => async (question) => {
  let answer;
  try {
    // As `pg` does: a token may be one for this server and role.
    answer = await password({ ...question.target });
  } catch (error) {
    return question.fail(messageOf(error));
  }
  if (isMissing(answer)) return question.answer("");
  if (typeof answer === "string") return question.answer(answer);
  return question.refuse(
    `connection.password must give a string, and gave one of type ${typeof answer}`,
  );
};

module.exports = { passwordAsker };
