/** Who proposes, votes and holds seats. Until there are accounts there is one person: the operator. */
export const PRINCIPAL = 'operator';
