"use strict";

/** `Promise.withResolvers()`, which Node.js has from 22 on. */
const withResolvers = () => {
  const settlers = {};
  settlers.promise = new Promise((resolve, reject) => {
    Object.assign(settlers, { resolve, reject });
  });
  return settlers;
};

module.exports = { withResolvers };
