/** Commands that collect what is needed. */
import { CopyButton } from './copy-button.tsx';
import { usePage } from './page-context.ts';
import { ScrolledText } from './scroll.tsx';

/** All recipes, folded up. */
export function Recipes({ isOpen = false }: { readonly isOpen?: boolean }) {
  const { catalogue } = usePage();
  const recipes = catalogue.value?.recipes ?? [];
  if (recipes.length === 0) return null;
  return (
    <section aria-labelledby="recipes">
      <h2 id="recipes">How to get a dump</h2>
      {recipes.map(({ name, title, lines }) => (
        <details key={name} open={isOpen}>
          <summary>{title}</summary>
          <div class="recipe">
            <ScrolledText label={title}>{lines.join('\n')}</ScrolledText>
            <CopyButton text={() => lines.join('\n')} />
          </div>
        </details>
      ))}
    </section>
  );
}
