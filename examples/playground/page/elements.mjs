// Makes elements. What is shown often came over the network: it goes in as text, never as HTML.

/** An element with `attributes` (functions listen: `onclick`) and `children`, elements or texts. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") {
      element.addEventListener(name.slice(2), value);
    } else if (value !== undefined && value !== false) {
      element.setAttribute(name, value === true ? "" : value);
    }
  }
  element.append(...children);
  return element;
}

export const byId = (id) => document.getElementById(id);

/** Shows `text` in a paragraph that is hidden without. */
export function showText(element, text) {
  element.textContent = text ?? "";
  element.hidden = !text;
}

/** Code, which may be broken before a method as well as between words. */
export function codeParts(code) {
  return code.split(/(?=\.\w+\()/).flatMap((part) => [make("wbr"), part]);
}

const still = matchMedia("(prefers-reduced-motion: reduce)");

/** Lights an element up for a moment. */
export function pulse(element) {
  if (still.matches) {
    return;
  }
  const colour = getComputedStyle(element).getPropertyValue("--accent");
  element.animate(
    [
      { boxShadow: `0 0 0 0 ${colour}`, borderColor: colour },
      { boxShadow: `0 0 0 4px ${colour}`, borderColor: colour, offset: 0.25 },
      { boxShadow: "0 0 0 8px transparent" },
    ],
    { duration: 900, easing: "ease-out" },
  );
}
