// Who made something, when, and who ended it before its time: of links, tokens and webhooks.
import { Fact } from './facts.tsx';
import { VisibleText } from './visible-text.tsx';
import { When } from './when.tsx';

export interface MadeFactsProps {
  /** milliseconds since 1970, as all times */
  view: {
    readonly by: string;
    readonly createdAt: number;
    readonly revoked?: { readonly by: string; readonly at: number } | undefined;
  };
}

export function MadeFacts({ view: { by, createdAt, revoked } }: MadeFactsProps) {
  return (
    <>
      <Fact name="Made by">
        <VisibleText value={by} />
      </Fact>
      <Fact name="Made">
        <When at={createdAt} />
      </Fact>
      {revoked ? (
        <Fact name="Revoked">
          <VisibleText value={revoked.by} />, <When at={revoked.at} />
        </Fact>
      ) : null}
    </>
  );
}
