// SPDX 2.3 as JSON: the parts of it that a bill of materials of ours has. Names are the format's own (spdx.github.io/spdx-spec/v2.3).

export interface Checksum {
  algorithm: 'SHA1' | 'SHA256' | 'SHA512';
  checksumValue: string;
}

export interface SpdxPackage {
  SPDXID: string;
  name: string;
  versionInfo?: string;
  supplier?: string;
  downloadLocation: string;
  filesAnalyzed: boolean;
  packageVerificationCode?: { packageVerificationCodeValue: string };
  checksums?: Checksum[];
  licenseConcluded: string;
  licenseDeclared: string;
  copyrightText: string;
  comment?: string;
  externalRefs?: { referenceCategory: 'PACKAGE-MANAGER'; referenceType: 'purl'; referenceLocator: string }[];
  primaryPackagePurpose?: 'APPLICATION' | 'LIBRARY';
}

export interface SpdxFile {
  SPDXID: string;
  /** Relative, "./usr/…". */
  fileName: string;
  checksums: Checksum[];
  licenseConcluded: string;
  copyrightText: string;
}

export type RelationshipType = 'DESCRIBES' | 'CONTAINS' | 'DEPENDS_ON' | 'DYNAMIC_LINK';

export interface Relationship {
  spdxElementId: string;
  relationshipType: RelationshipType;
  relatedSpdxElement: string;
}

export interface SpdxDocument {
  spdxVersion: 'SPDX-2.3';
  dataLicense: 'CC0-1.0';
  SPDXID: 'SPDXRef-DOCUMENT';
  name: string;
  documentNamespace: string;
  creationInfo: { created: string; creators: string[] };
  packages: SpdxPackage[];
  files: SpdxFile[];
  relationships: Relationship[];
}

/** An identifier made of what may be in one. */
export const spdxId = (kind: string, name: string): string =>
  `SPDXRef-${kind}-${name.replace(/[^A-Za-z0-9.-]+/g, '-').replace(/^-+/, '')}`;
