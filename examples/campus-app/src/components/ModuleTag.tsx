import type { ReactNode } from 'react';
import { MODULES } from '../week.ts';

/** How many colours the style sheet has for modules. */
const COLOURS = 5;

/** The code of a module, in its colour. */
export function ModuleTag({ code }: { readonly code: string }): ReactNode {
  const index = MODULES.findIndex(module => module.code === code);
  return (
    <span className="module" data-colour={index % COLOURS}>
      {code}
    </span>
  );
}
