/**
 * @generated SignedSource<<e87649defdbd1292f27b6762594cbc67>>
 * @lightSyntaxTransform
 */

/* tslint:disable */
/* eslint-disable */
// @ts-nocheck

import type { ConcreteRequest } from 'relay-runtime';
export type meetingQuery$variables = {
  ids: ReadonlyArray<string>;
};
export type meetingQuery$data = {
  readonly syncMeetings: ReadonlyArray<{
    readonly id: string;
    readonly name: string | null | undefined;
  } | null | undefined>;
};
export type meetingQuery = {
  response: meetingQuery$data;
  variables: meetingQuery$variables;
};

const node: ConcreteRequest = (function(){
var v0 = [
  {
    "defaultValue": null,
    "kind": "LocalArgument",
    "name": "ids"
  }
],
v1 = [
  {
    "alias": null,
    "args": [
      {
        "kind": "Variable",
        "name": "ids",
        "variableName": "ids"
      }
    ],
    "concreteType": "ZoomMeeting",
    "kind": "LinkedField",
    "name": "syncMeetings",
    "plural": true,
    "selections": [
      {
        "alias": null,
        "args": null,
        "kind": "ScalarField",
        "name": "id",
        "storageKey": null
      },
      {
        "alias": null,
        "args": null,
        "kind": "ScalarField",
        "name": "name",
        "storageKey": null
      }
    ],
    "storageKey": null
  }
];
return {
  "fragment": {
    "argumentDefinitions": (v0/*:: as any*/),
    "kind": "Fragment",
    "metadata": null,
    "name": "meetingQuery",
    "selections": (v1/*:: as any*/),
    "type": "Query",
    "abstractKey": null
  },
  "kind": "Request",
  "operation": {
    "argumentDefinitions": (v0/*:: as any*/),
    "kind": "Operation",
    "name": "meetingQuery",
    "selections": (v1/*:: as any*/)
  },
  "params": {
    "cacheID": "44443f6735c59146f638655274e2a3dc",
    "id": null,
    "metadata": {},
    "name": "meetingQuery",
    "operationKind": "query",
    "text": "query meetingQuery(\n  $ids: [UUID!]!\n) {\n  syncMeetings(ids: $ids) {\n    id\n    name\n  }\n}\n"
  }
};
})();

(node as any).hash = "34fa812706566b2dc7ab2c65abb190b5";

export default node;
