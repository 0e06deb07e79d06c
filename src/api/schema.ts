// Made of docs/openapi.json by `npm run api`: what the clients of the API send and get.

export interface paths {
    "/api/v1/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the host answers */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description It answers. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Health"];
                    };
                };
                /** @description An error for people: what happened, and what to do about it. */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorReport"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/host": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What this host is */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Host"];
                    };
                };
                /** @description An error for people: what happened, and what to do about it. */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorReport"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/update": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What runs, what is installed, and what is newer; without asking the network */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Asked of the machine alone: nothing of it goes over the network. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Update"];
                    };
                };
                /** @description An error for people: what happened, and what to do about it. */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorReport"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the host is doing */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            version: string;
                            pid: number;
                            name: string;
                            uptime_s: number;
                            memory_mb: number;
                            addresses: string[];
                            ports: {
                                [key: string]: number;
                            };
                            /** @description where browsers find the console; none: it is off */
                            console_addresses: string[];
                            /** @description of the certificate that browsers and clients see */
                            certificate_sha256: string;
                            display: string | null;
                            display_kind: ("session" | "embedded" | "synthetic") | null;
                            display_trouble: string | null;
                            announced: boolean;
                            apps: {
                                id: number;
                                title: string;
                                client: {
                                    id: string;
                                    name: string;
                                };
                                watched: boolean;
                            }[];
                            sessions: {
                                id: string;
                                phase: string;
                                app: {
                                    id: number;
                                    title: string;
                                };
                                client: {
                                    id: string;
                                    name: string;
                                    address: string;
                                };
                                ports: {
                                    video: number;
                                    control: number;
                                    audio: number;
                                };
                                started_at: string;
                                video: {
                                    width: number;
                                    height: number;
                                    fps: number;
                                    codec: string;
                                    encoder: string;
                                    bitrate_kbps: number;
                                    encrypted: boolean;
                                } | null;
                                engine: {
                                    pid: number;
                                    restarts: number;
                                };
                                problems: {
                                    code: string;
                                    parameters: {
                                        [key: string]: string;
                                    };
                                    detail: string;
                                }[];
                                pictures: components["schemas"]["Pictures"] | null;
                                stats: components["schemas"]["Figures"] | null;
                            }[];
                            waiting_to_pair: components["schemas"]["WaitingClient"][];
                            paired_clients: number;
                            strangers: {
                                requests_refused: number;
                                connections_closed: number;
                                lines_left_out: number;
                            };
                        };
                    };
                };
                /** @description An error for people: what happened, and what to do about it. */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorReport"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/displays": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What this machine can show: each kind of desktop, or why not */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["DisplayChoice"][];
                    };
                };
                /** @description An error for people: what happened, and what to do about it. */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorReport"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/encoders": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What this machine can encode, the best first; or why not */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["EncoderSummary"][];
                    };
                };
                /** @description An error for people: what happened, and what to do about it. */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorReport"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clients": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The paired clients */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ClientSummary"][];
                    };
                };
                /** @description An error for people: what happened, and what to do about it. */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorReport"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clients/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Take the right to stream away from a client, and end what it has on */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ClientSummary"];
                    };
                };
                /** @description An error for people: what happened, and what to do about it. */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorReport"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        /** Give a client another name, other rights, an end; a right that is taken away ends its stream */
        patch: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ClientEdit"];
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ClientSummary"];
                    };
                };
                /** @description An error for people: what happened, and what to do about it. */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorReport"];
                    };
                };
            };
        };
        trace?: never;
    };
    "/api/v1/pairing": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The clients that wait for their PIN, oldest first */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["WaitingClient"][];
                    };
                };
                /** @description An error for people: what happened, and what to do about it. */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorReport"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/pairing/approve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Let the client that shows this PIN stream; answers once it is paired */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["PairRequest"];
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ClientSummary"];
                    };
                };
                /** @description An error for people: what happened, and what to do about it. */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorReport"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/pairing/refuse": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Send away the client that waits longest at this address */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["RefuseRequest"];
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Done"];
                    };
                };
                /** @description An error for people: what happened, and what to do about it. */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorReport"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The streams, in the order of their launches */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            id: string;
                            phase: string;
                            app: {
                                id: number;
                                title: string;
                            };
                            client: {
                                id: string;
                                name: string;
                                address: string;
                            };
                            ports: {
                                video: number;
                                control: number;
                                audio: number;
                            };
                            started_at: string;
                            video: {
                                width: number;
                                height: number;
                                fps: number;
                                codec: string;
                                encoder: string;
                                bitrate_kbps: number;
                                encrypted: boolean;
                            } | null;
                            engine: {
                                pid: number;
                                restarts: number;
                            };
                            problems: {
                                code: string;
                                parameters: {
                                    [key: string]: string;
                                };
                                detail: string;
                            }[];
                            pictures: components["schemas"]["Pictures"] | null;
                            stats: components["schemas"]["Figures"] | null;
                        }[];
                    };
                };
                /** @description An error for people: what happened, and what to do about it. */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorReport"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** End a stream; its application goes on, to be resumed */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Done"];
                    };
                };
                /** @description An error for people: what happened, and what to do about it. */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorReport"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions/{id}/idr": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Let the client's next picture be one that needs no other */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Done"];
                    };
                };
                /** @description An error for people: what happened, and what to do about it. */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorReport"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions/{id}/bitrate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** The bit rate of the pictures from now on, until the stream ends */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["BitrateRequest"];
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            id: string;
                            phase: string;
                            app: {
                                id: number;
                                title: string;
                            };
                            client: {
                                id: string;
                                name: string;
                                address: string;
                            };
                            ports: {
                                video: number;
                                control: number;
                                audio: number;
                            };
                            started_at: string;
                            video: {
                                width: number;
                                height: number;
                                fps: number;
                                codec: string;
                                encoder: string;
                                bitrate_kbps: number;
                                encrypted: boolean;
                            } | null;
                            engine: {
                                pid: number;
                                restarts: number;
                            };
                            problems: {
                                code: string;
                                parameters: {
                                    [key: string]: string;
                                };
                                detail: string;
                            }[];
                            pictures: components["schemas"]["Pictures"] | null;
                            stats: components["schemas"]["Figures"] | null;
                        };
                    };
                };
                /** @description An error for people: what happened, and what to do about it. */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorReport"];
                    };
                };
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions/{id}/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a stream shows at this moment, small; a new picture each second at most */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "image/jpeg": unknown;
                    };
                };
                /** @description An error for people: what happened, and what to do about it. */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorReport"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the desktop shows at this moment, streamed or not */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "image/jpeg": unknown;
                    };
                };
                /** @description An error for people: what happened, and what to do about it. */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorReport"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/applications": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The applications, in the order in which clients list them */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ApplicationSummary"][];
                    };
                };
                /** @description An error for people: what happened, and what to do about it. */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorReport"];
                    };
                };
            };
        };
        put?: never;
        /** Add an application */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ApplicationEdit"];
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Application"];
                    };
                };
                /** @description An error for people: what happened, and what to do about it. */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorReport"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/applications/order": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Put the applications into another order */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ApplicationOrder"];
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ApplicationSummary"][];
                    };
                };
                /** @description An error for people: what happened, and what to do about it. */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorReport"];
                    };
                };
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/applications/try": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Run an application on the desktop for at most 10 s and hear what it says; it is ended with the request */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ApplicationEdit"];
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Trial"];
                    };
                };
                /** @description An error for people: what happened, and what to do about it. */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorReport"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/applications/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** An application with its commands */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Application"];
                    };
                };
                /** @description An error for people: what happened, and what to do about it. */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorReport"];
                    };
                };
            };
        };
        /** Change an application that nobody else has changed since it was read; its id stays */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ApplicationChange"];
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Application"];
                    };
                };
                /** @description An error for people: what happened, and what to do about it. */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorReport"];
                    };
                };
            };
        };
        post?: never;
        /** Remove an application; what runs of it goes on */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ApplicationSummary"];
                    };
                };
                /** @description An error for people: what happened, and what to do about it. */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorReport"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/applications/{id}/box-art": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The picture of an application that clients are given */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "image/png": unknown;
                    };
                };
                /** @description An error for people: what happened, and what to do about it. */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorReport"];
                    };
                };
            };
        };
        /** Give an application a picture: PNG, at most 1 MiB and 2048 points a side */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "image/png": string;
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Application"];
                    };
                };
                /** @description An error for people: what happened, and what to do about it. */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorReport"];
                    };
                };
            };
        };
        post?: never;
        /** Take the picture of an application away: clients are given one that is drawn */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Application"];
                    };
                };
                /** @description An error for people: what happened, and what to do about it. */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorReport"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/settings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The settings: what each does, takes and has, and when a change is in force */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SettingSummary"][];
                    };
                };
                /** @description An error for people: what happened, and what to do about it. */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorReport"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Change settings, in force at once where that can be; all of them, or none */
        patch: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["SettingChange"];
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SettingSummary"][];
                    };
                };
                /** @description An error for people: what happened, and what to do about it. */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorReport"];
                    };
                };
            };
        };
        trace?: never;
    };
    "/api/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What happens, as server-sent events: a Hello first, then each HostEvent, from the one after Last-Event-ID on */
        get: {
            parameters: {
                query?: {
                    /** @description The id of the last entry that you had. */
                    after?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/event-stream": components["schemas"]["Hello"] | components["schemas"]["HostEvent"];
                    };
                };
                /** @description An error for people: what happened, and what to do about it. */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorReport"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/statistics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How each stream goes, as server-sent events: a SessionReport a second and stream, with the times of each picture */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/event-stream": components["schemas"]["SessionReport"];
                    };
                };
                /** @description An error for people: what happened, and what to do about it. */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorReport"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/logs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The newest lines of the log, of a level and worse, with a text in them */
        get: {
            parameters: {
                query?: {
                    level?: "trace" | "debug" | "info" | "warn" | "error" | "fatal";
                    /** @description Somewhere in the line, in capitals or not. */
                    text?: string;
                    count?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["LogPage"];
                    };
                };
                /** @description An error for people: what happened, and what to do about it. */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorReport"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/logs/stream": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lines of the log as they are written, as server-sent events: a Hello first, then each LogEntry */
        get: {
            parameters: {
                query?: {
                    level?: "trace" | "debug" | "info" | "warn" | "error" | "fatal";
                    /** @description Somewhere in the line, in capitals or not. */
                    text?: string;
                    /** @description The id of the last entry that you had. */
                    after?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/event-stream": components["schemas"]["Hello"] | components["schemas"]["LogEntry"];
                    };
                };
                /** @description An error for people: what happened, and what to do about it. */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorReport"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/recordings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Streams that were, and are, with their figures; the newest first */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Recording"][];
                    };
                };
                /** @description An error for people: what happened, and what to do about it. */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorReport"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/recordings/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A recording, second by second */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RecordingDetail"];
                    };
                };
                /** @description An error for people: what happened, and what to do about it. */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorReport"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        /** Remove a recording */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Done"];
                    };
                };
                /** @description An error for people: what happened, and what to do about it. */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorReport"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/recordings/{id}/file": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The file of a recording: lines of JSON, none left out */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/x-ndjson": unknown;
                    };
                };
                /** @description An error for people: what happened, and what to do about it. */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorReport"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/measuring-kit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether this machine can measure itself, what of, and about how long each part takes */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["MeasuringKit"];
                    };
                };
                /** @description An error for people: what happened, and what to do about it. */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorReport"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/measurements": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Measurements of this machine, the newest first; one that goes on among them */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Measurement"][];
                    };
                };
                /** @description An error for people: what happened, and what to do about it. */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorReport"];
                    };
                };
            };
        };
        put?: never;
        /** Measure this machine, while nobody streams. A stream that begins meanwhile ends it */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["MeasurementRequest"];
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Measurement"];
                    };
                };
                /** @description An error for people: what happened, and what to do about it. */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorReport"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/measurements/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A measurement with its figures, also while it goes on */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["MeasurementDetail"];
                    };
                };
                /** @description An error for people: what happened, and what to do about it. */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorReport"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        /** Remove a measurement that is over */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Done"];
                    };
                };
                /** @description An error for people: what happened, and what to do about it. */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorReport"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/measurements/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** End the measurement that goes on; what there is of it is kept */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Measurement"];
                    };
                };
                /** @description An error for people: what happened, and what to do about it. */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorReport"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/measurements/{id}/file": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The file of a measurement: lines of JSON, what it came to and then the kit's report of each part */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/x-ndjson": unknown;
                    };
                };
                /** @description An error for people: what happened, and what to do about it. */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorReport"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/measurements/{id}/page": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A measurement as a page that needs nothing else, with all its plots */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/html; charset=utf-8": unknown;
                    };
                };
                /** @description An error for people: what happened, and what to do about it. */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorReport"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/doctor": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The latest examination of what streaming needs, also while it goes on */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Examination"];
                    };
                };
                /** @description An error for people: what happened, and what to do about it. */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorReport"];
                    };
                };
            };
        };
        put?: never;
        /** Examine the machine, unless that goes on */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Examination"];
                    };
                };
                /** @description An error for people: what happened, and what to do about it. */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorReport"];
                    };
                };
            };
        };
        /** End the examination that goes on */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Examination"];
                    };
                };
                /** @description An error for people: what happened, and what to do about it. */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorReport"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/diagnostics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What somebody who helps needs to know, as an archive; without secrets. The doctor examines for it */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/gzip": unknown;
                    };
                };
                /** @description An error for people: what happened, and what to do about it. */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorReport"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Figures since the host's start, in Prometheus' text format */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/plain; version=0.0.4; charset=utf-8": unknown;
                    };
                };
                /** @description An error for people: what happened, and what to do about it. */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorReport"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether this browser is signed in, and how it can be */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SignInState"];
                    };
                };
                /** @description An error for people: what happened, and what to do about it. */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorReport"];
                    };
                };
            };
        };
        put?: never;
        /** Sign this browser in with the password */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["PasswordRequest"];
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SignInState"];
                    };
                };
                /** @description An error for people: what happened, and what to do about it. */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorReport"];
                    };
                };
            };
        };
        /** Sign this browser out */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Done"];
                    };
                };
                /** @description An error for people: what happened, and what to do about it. */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorReport"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session/set-up": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Choose the first password, with the set-up code or on the first visit */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["SetUpRequest"];
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SignInState"];
                    };
                };
                /** @description An error for people: what happened, and what to do about it. */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorReport"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session/link": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Sign this browser in with a link of the last minute, once */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["LinkRequest"];
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SignInState"];
                    };
                };
                /** @description An error for people: what happened, and what to do about it. */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorReport"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session/confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Give the password once more, for what needs it within 10 minutes */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["PasswordRequest"];
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Done"];
                    };
                };
                /** @description An error for people: what happened, and what to do about it. */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorReport"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Choose another password; every other browser is signed out */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["PasswordRequest"];
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Done"];
                    };
                };
                /** @description An error for people: what happened, and what to do about it. */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorReport"];
                    };
                };
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/browsers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The browsers that are signed in, the newest first */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Browser"][];
                    };
                };
                /** @description An error for people: what happened, and what to do about it. */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorReport"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/browsers/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Sign a browser out, wherever it is */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description One that is signed in. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Browser"];
                    };
                };
                /** @description An error for people: what happened, and what to do about it. */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorReport"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/console": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Where the console is, and the set-up code while there is no password */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleState"];
                    };
                };
                /** @description An error for people: what happened, and what to do about it. */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorReport"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/console/link": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** A link that signs one browser in, within a minute */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleLink"];
                    };
                };
                /** @description An error for people: what happened, and what to do about it. */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorReport"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The tokens of scripts, without their secrets */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Token"][];
                    };
                };
                /** @description An error for people: what happened, and what to do about it. */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorReport"];
                    };
                };
            };
        };
        put?: never;
        /** Make a token; its secret is told here and never again */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["TokenRequest"];
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["NewToken"];
                    };
                };
                /** @description An error for people: what happened, and what to do about it. */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorReport"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tokens/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Revoke a token */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Token"];
                    };
                };
                /** @description An error for people: what happened, and what to do about it. */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorReport"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who changed what, and how it went; the newest first */
        get: {
            parameters: {
                query?: {
                    count?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["AuditEntry"][];
                    };
                };
                /** @description An error for people: what happened, and what to do about it. */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorReport"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description It answers. */
        Health: {
            /** @enum {boolean} */
            healthy: true;
        };
        /** @description An error for people: what happened, and what to do about it. */
        ErrorReport: {
            code: string;
            message: string;
            cure: string;
        };
        Host: {
            name: string;
            version: string;
            install_kind: string;
            system: string;
            kernel: string;
            architecture: string;
            node: string;
            data_dir: string;
            addresses: string[];
            ports: {
                [key: string]: number;
            };
            /** @description Of the certificate by which clients and browsers know this host. */
            certificate_sha256: string;
        };
        /** @description Asked of the machine alone: nothing of it goes over the network. */
        Update: {
            install_kind: string;
            running: string;
            installed: string | null;
            available: string | null;
            /** @enum {unknown} */
            restart: "none" | "host" | "machine";
            detail: string;
            cure: string;
        };
        Pictures: {
            asked: number;
            shown: number | null;
            sent: number;
            missed: number;
            bound: {
                /** @enum {unknown} */
                by: "client" | "desktop" | "capture" | "encoder" | "network";
                detail: string;
            };
        };
        StageLatency: {
            p50_us: number;
            p95_us: number;
            p99_us: number;
            max_us: number;
            sum_us: number;
            counts: number[];
        };
        Latency: {
            capture: components["schemas"]["StageLatency"];
            convert: components["schemas"]["StageLatency"];
            wait: components["schemas"]["StageLatency"];
            encode: components["schemas"]["StageLatency"];
            protect: components["schemas"]["StageLatency"];
            send: components["schemas"]["StageLatency"];
            total: components["schemas"]["StageLatency"];
        };
        CpuTime: {
            video: number;
            send: number;
            control: number;
            audio: number;
            process: number;
            capture: number;
            convert: number;
            protect: number;
        };
        AudioStatistics: {
            packets: number;
            bytes: number;
            underruns: number;
            overruns: number;
        };
        ControlStatistics: {
            messages: number;
            refused: number;
            replayed: number;
            input_events: number;
            input_ignored: number;
            idr_requests: number;
            round_trip_ms: number;
            frames_repaired: number;
            frames_lost: number;
            packets_missing: number;
        };
        Figures: {
            /** @enum {string} */
            type: "stats";
            interval_s: number;
            bitrate_kbps: number;
            frames_shown: number | null;
            frames_captured: number;
            frames_dropped: number;
            frames_encoded: number;
            frames_sent: number;
            frames_repeated: number;
            frames_cut_short: number;
            idr_frames: number;
            bytes_sent: number;
            datagrams_sent: number;
            parity_datagrams: number;
            send_would_block: number;
            latency: components["schemas"]["Latency"];
            cpu_ms: components["schemas"]["CpuTime"];
            audio: components["schemas"]["AudioStatistics"];
            control: components["schemas"]["ControlStatistics"];
        };
        WaitingClient: {
            address: string;
            waiting_s: number;
            /** @description after which it is sent away */
            left_s: number;
            /** @description before a PIN is tried: another client failed just now */
            pause_s: number;
        };
        DisplayChoice: {
            /** @enum {unknown} */
            kind: "session" | "embedded" | "synthetic";
            /** @description it is open, or the next launch would open it */
            chosen: boolean;
            open: boolean;
            /**
             * @description missing: it cannot be streamed; note: it can, with less
             * @enum {unknown}
             */
            state: "ok" | "missing" | "note";
            /** @description what was seen, or why not */
            detail: string;
            /** @description what to do; empty when there is nothing to do */
            cure: string;
        };
        /** @enum {unknown} */
        Codec: "h264";
        /** @enum {unknown} */
        Chroma: "yuv420";
        EncoderSummary: {
            name: string;
            codec: components["schemas"]["Codec"];
            bit_depths: 8[];
            chromas: components["schemas"]["Chroma"][];
            max_side_px: number;
            /** @description it has encoded a picture */
            works: boolean;
            /** @description why not; empty when it works */
            reason: string;
            cure: string;
        };
        ClientSummary: {
            id: string;
            name: string;
            paired_at: string;
            /** @description null: not since this is noted */
            last_seen_at: string | null;
            /** @description null: never */
            expires_at: string | null;
            /** @description it is treated as one that is not paired */
            expired: boolean;
            /** @description besides seeing and hearing the desktop */
            rights: {
                input: boolean;
                launch: boolean;
            };
            /** @description SHA-256 of the client's certificate */
            fingerprint: string;
            streaming: boolean;
        };
        ClientEdit: {
            name?: string;
            rights?: {
                input?: boolean;
                launch?: boolean;
            };
            expires_at?: string | null;
        };
        PairRequest: {
            pin: string;
            name?: string;
            /** @description which one, when several wait */
            address?: string;
        };
        Done: Record<string, never>;
        RefuseRequest: {
            address: string;
        };
        BitrateRequest: {
            bitrate_kbps: number;
        };
        ApplicationSummary: {
            id: number;
            title: string;
            /** @description false: it is the desktop itself */
            has_program: boolean;
            /** @description false: clients are given one that is drawn */
            has_box_art: boolean;
            /** @description for any client */
            running: boolean;
        };
        Application: {
            title: string;
            command?: string[];
            working_directory?: string;
            environment?: {
                [key: string]: string;
            };
            prepare?: {
                do?: string[];
                undo?: string[];
            }[];
            id: number;
            /** @description false: it is the desktop itself */
            has_program: boolean;
            /** @description false: clients are given one that is drawn */
            has_box_art: boolean;
            /** @description for any client */
            running: boolean;
            /** @description of what is set; a change says which one it was made of */
            version: string;
        };
        ApplicationEdit: {
            title: string;
            command?: string[];
            working_directory?: string;
            environment?: {
                [key: string]: string;
            };
            prepare?: {
                do?: string[];
                undo?: string[];
            }[];
        };
        ApplicationOrder: {
            /** @description of all applications */
            ids: number[];
        };
        Trial: {
            /** @description what it wrote first, at most 64 KiB */
            output: string;
            /** @description it wrote more */
            output_cut: boolean;
            /** @description how it ended, as the end of a sentence about it */
            how: string;
            failed: boolean;
            ran_ms: number;
        };
        ApplicationChange: {
            title: string;
            command?: string[];
            working_directory?: string;
            environment?: {
                [key: string]: string;
            };
            prepare?: {
                do?: string[];
                undo?: string[];
            }[];
            /** @description of what is set; a change says which one it was made of */
            version: string;
        };
        SettingSummary: {
            name: string;
            help: string;
            /** @description as the end of "NAME takes …" */
            takes: string;
            /** @enum {unknown} */
            type: "integer" | "boolean" | "choice" | "text";
            minimum?: number;
            maximum?: number;
            choices?: string[];
            max_length?: number;
            default: string | number | boolean;
            /** @description in force now */
            value: string | number | boolean;
            /** @description what a start would take now: another one than is in force where only a start brings it into force */
            configured: string | number | boolean;
            /**
             * @description where that comes from
             * @enum {unknown}
             */
            place: "flag" | "environment" | "file" | "default";
            /** @description a flag or the environment has it, which wins over what is set here */
            fixed: boolean;
            /**
             * @description when a change is in force
             * @enum {unknown}
             */
            effect: "now" | "next_stream" | "restart";
        };
        /** @description values by name; null: the default */
        SettingChange: {
            [key: string]: string | number | boolean | null;
        };
        /** @description The first message of each stream. */
        Hello: {
            /** @enum {string} */
            type: "hello";
            id: string | null;
            /** Format: date-time */
            time: string;
            version: string;
            /** @description Something after the entry that you had is not known any more: it is too long ago, or the host was started again. Ask for the state anew. */
            gap: boolean;
        };
        NamedSession: {
            id: string;
            client: {
                id: string;
                name: string;
                address: string;
            };
            app: {
                id: number;
                title: string;
            };
        };
        StreamedVideo: {
            width: number;
            height: number;
            fps: number;
            codec: string;
            encoder: string;
            bitrate_kbps: number;
        };
        HostEvent: {
            id: string;
            /** Format: date-time */
            time: string;
            /** @enum {string} */
            type: "pairing";
            /** @enum {unknown} */
            step: "waiting";
            address: string;
        } | {
            id: string;
            /** Format: date-time */
            time: string;
            /** @enum {string} */
            type: "pairing";
            /** @enum {unknown} */
            step: "paired";
            address: string;
            client: {
                id: string;
                name: string;
            };
        } | {
            id: string;
            /** Format: date-time */
            time: string;
            /** @enum {string} */
            type: "pairing";
            /** @enum {unknown} */
            step: "failed";
            address: string;
            reason: string;
        } | {
            id: string;
            /** Format: date-time */
            time: string;
            /** @enum {string} */
            type: "pairing";
            /** @enum {unknown} */
            step: "unpaired";
            client: {
                id: string;
                name: string;
            };
        } | {
            id: string;
            /** Format: date-time */
            time: string;
            /** @enum {string} */
            type: "pairing";
            /** @enum {unknown} */
            step: "changed";
            client: {
                id: string;
                name: string;
            };
        } | {
            id: string;
            /** Format: date-time */
            time: string;
            /** @enum {string} */
            type: "session";
            /** @enum {unknown} */
            step: "launched";
            session: components["schemas"]["NamedSession"];
        } | {
            id: string;
            /** Format: date-time */
            time: string;
            /** @enum {string} */
            type: "session";
            /** @enum {unknown} */
            step: "connected";
            session: components["schemas"]["NamedSession"];
        } | {
            id: string;
            /** Format: date-time */
            time: string;
            /** @enum {string} */
            type: "session";
            /** @enum {unknown} */
            step: "streaming";
            session: components["schemas"]["NamedSession"];
            video: components["schemas"]["StreamedVideo"];
        } | {
            id: string;
            /** Format: date-time */
            time: string;
            /** @enum {string} */
            type: "session";
            /** @enum {unknown} */
            step: "ended";
            session: components["schemas"]["NamedSession"];
            reason: string;
        } | {
            id: string;
            /** Format: date-time */
            time: string;
            /** @enum {string} */
            type: "problem";
            /** @enum {unknown} */
            step: "began" | "repeated" | "over";
            code: string;
            parameters: {
                [key: string]: string;
            };
            detail: string;
            session: components["schemas"]["NamedSession"];
            fatal: boolean;
        } | {
            id: string;
            /** Format: date-time */
            time: string;
            /** @enum {string} */
            type: "display";
            /** @enum {unknown} */
            step: "opened";
            description: string;
        } | {
            id: string;
            /** Format: date-time */
            time: string;
            /** @enum {string} */
            type: "display";
            /** @enum {unknown} */
            step: "gone";
            description: string;
            reason: string;
        } | {
            id: string;
            /** Format: date-time */
            time: string;
            /** @enum {string} */
            type: "display";
            /** @enum {unknown} */
            step: "left";
            description: string;
        } | {
            id: string;
            /** Format: date-time */
            time: string;
            /** @enum {string} */
            type: "display";
            /** @enum {unknown} */
            step: "leased" | "released";
            description: string;
            output: string;
            session: components["schemas"]["NamedSession"];
        } | {
            id: string;
            /** Format: date-time */
            time: string;
            /** @enum {string} */
            type: "app";
            /** @enum {unknown} */
            step: "ended" | "failed" | "detached";
            title: string;
            how: string;
        } | {
            id: string;
            /** Format: date-time */
            time: string;
            /** @enum {string} */
            type: "list";
            /** @enum {unknown} */
            step: "changed";
            /** @enum {unknown} */
            of: "applications" | "browsers" | "measurements" | "recordings" | "settings" | "tokens";
        } | {
            id: string;
            /** Format: date-time */
            time: string;
            /** @enum {string} */
            type: "measurement";
            /** @enum {unknown} */
            step: "began";
        } | {
            id: string;
            /** Format: date-time */
            time: string;
            /** @enum {string} */
            type: "measurement";
            /** @enum {unknown} */
            step: "progress";
            part: string;
            detail: string;
        } | {
            id: string;
            /** Format: date-time */
            time: string;
            /** @enum {string} */
            type: "measurement";
            /** @enum {unknown} */
            step: "ended";
            reason: string;
        };
        FrameTimes: {
            frame: number;
            sent_at_us: number;
            capture_us: number;
            convert_us: number;
            wait_us: number;
            encode_us: number;
            protect_us: number;
            send_us: number;
            bytes: number;
            idr: boolean;
        };
        Statistics: {
            /** @enum {string} */
            type: "stats";
            interval_s: number;
            bitrate_kbps: number;
            frames_shown: number | null;
            frames_captured: number;
            frames_dropped: number;
            frames_encoded: number;
            frames_sent: number;
            frames_repeated: number;
            frames_cut_short: number;
            idr_frames: number;
            bytes_sent: number;
            datagrams_sent: number;
            parity_datagrams: number;
            send_would_block: number;
            latency: components["schemas"]["Latency"];
            cpu_ms: components["schemas"]["CpuTime"];
            audio: components["schemas"]["AudioStatistics"];
            control: components["schemas"]["ControlStatistics"];
            frames: components["schemas"]["FrameTimes"][] | null;
        };
        SessionReport: {
            /** @enum {string} */
            type: "report";
            session: components["schemas"]["NamedSession"];
            statistics: components["schemas"]["Statistics"];
            pictures: components["schemas"]["Pictures"] | null;
        };
        /** @description Control characters in it are written as \u{…}. */
        LogEntry: {
            id: string;
            /** Format: date-time */
            time: string;
            /** @enum {unknown} */
            level: "trace" | "debug" | "info" | "warn" | "error" | "fatal";
            event: string;
            message: string;
            details: {
                [key: string]: string;
            };
        };
        LogPage: {
            entries: components["schemas"]["LogEntry"][];
            newest_id: string | null;
        };
        RecordingFigures: {
            duration_s: number;
            seconds: number;
            latency_p50_us: number | null;
            latency_p95_us: number | null;
            latency_p99_us: number | null;
            latency_worst_p95_us: number | null;
            sent: number;
            missed: number;
            passed_over: number;
            cut_short: number;
            lost: number;
            repaired: number;
            packets_missing: number;
            parity: number | null;
            bitrate_kbps: number;
            round_trip_ms: number | null;
        };
        Recording: {
            id: string;
            /** @enum {unknown} */
            state: "running" | "whole" | "cut" | "damaged";
            size_bytes: number;
            started_at: string | null;
            session: components["schemas"]["NamedSession"] | null;
            video: components["schemas"]["StreamedVideo"] | null;
            reason: string | null;
            figures: components["schemas"]["RecordingFigures"] | null;
        };
        RecordedSecond: {
            at_s: number;
            sent: number;
            missed: number;
            passed_over: number;
            cut_short: number;
            idr: number;
            lost: number;
            repaired: number;
            packets_missing: number;
            datagrams: number;
            parity: number;
            bitrate_kbps: number;
            round_trip_ms: number;
            latency: {
                capture: {
                    p50_us: number;
                    p95_us: number;
                };
                convert: {
                    p50_us: number;
                    p95_us: number;
                };
                wait: {
                    p50_us: number;
                    p95_us: number;
                };
                encode: {
                    p50_us: number;
                    p95_us: number;
                };
                protect: {
                    p50_us: number;
                    p95_us: number;
                };
                send: {
                    p50_us: number;
                    p95_us: number;
                };
                total: {
                    p50_us: number;
                    p95_us: number;
                };
            };
            slowest_us: number;
            /** @description New pictures by their whole latency: up to 250, 500, 1000, 2000, 4000, 6000, 8000, 12000, 16000, 24000, 32000, 64000, 128000, 256000 µs, and above that. */
            counts: number[];
        };
        RecordingDetail: {
            id: string;
            /** @enum {unknown} */
            state: "running" | "whole" | "cut" | "damaged";
            size_bytes: number;
            started_at: string | null;
            session: components["schemas"]["NamedSession"] | null;
            video: components["schemas"]["StreamedVideo"] | null;
            reason: string | null;
            figures: components["schemas"]["RecordingFigures"] | null;
            /** @description At most 1200: of a long one several are one. */
            seconds: components["schemas"]["RecordedSecond"][];
        };
        MeasuringKit: {
            installed: boolean;
            install: string;
            parts: {
                /** @enum {unknown} */
                name: "latency" | "throughput" | "encode" | "capture";
                about_s: number;
            }[];
        };
        MeasurementLimits: {
            max_p95_ms?: number;
            min_fps?: number;
            max_loss_percent?: number;
        };
        MeasuredPart: {
            /** @enum {unknown} */
            name: "latency" | "throughput" | "encode" | "capture";
            /** @enum {unknown} */
            state: "waiting" | "running" | "passed" | "failed" | "cut_short" | "not_measured" | "left_out";
            detail: string;
        };
        Measurement: {
            id: string;
            started_at: string | null;
            ended_at: string | null;
            /** @enum {unknown} */
            state: "running" | "done" | "cut_short" | "damaged";
            reason: string;
            limits: components["schemas"]["MeasurementLimits"];
            parts: components["schemas"]["MeasuredPart"][];
            size_bytes: number;
            has_page: boolean;
        };
        MeasurementRequest: {
            parts: ("latency" | "throughput" | "encode" | "capture")[];
            limits?: components["schemas"]["MeasurementLimits"];
        };
        MeasuredSeries: {
            name: string;
            unit: string;
            from: string;
            to: string;
            error: number;
            count: number;
            p50: number;
            p95: number;
            p99: number;
            max: number;
        };
        MeasuredCount: {
            name: string;
            value: number;
            unit: string;
        };
        MeasuredReport: {
            /** @enum {unknown} */
            part: "latency" | "throughput" | "encode" | "capture";
            machine: {
                chip: string;
                cores: number;
                distribution: string;
                kernel: string;
                load: number;
            };
            notes: string[];
            cases: {
                name: string;
                series: components["schemas"]["MeasuredSeries"][];
                counts: components["schemas"]["MeasuredCount"][];
            }[];
        };
        MeasurementDetail: {
            id: string;
            started_at: string | null;
            ended_at: string | null;
            /** @enum {unknown} */
            state: "running" | "done" | "cut_short" | "damaged";
            reason: string;
            limits: components["schemas"]["MeasurementLimits"];
            parts: components["schemas"]["MeasuredPart"][];
            size_bytes: number;
            has_page: boolean;
            reports: components["schemas"]["MeasuredReport"][];
        };
        Check: {
            name: string;
            /** @enum {unknown} */
            state: "ok" | "missing" | "note";
            detail: string;
            cure: string;
        };
        Examination: {
            /** @enum {unknown} */
            state: "never" | "running" | "done" | "cancelled";
            started_at: string | null;
            total: number;
            checks: components["schemas"]["Check"][];
            complete: boolean | null;
            verdict: string;
        };
        SignInState: {
            signed_in: boolean;
            /** @description the password was given within the last 10 minutes */
            recent: boolean;
            csrf: string | null;
            /** @description false: it is chosen with the set-up code */
            has_password: boolean;
            /** @description so long the password may be chosen from here without the code */
            first_visit_s: number;
        };
        PasswordRequest: {
            password: string;
        };
        SetUpRequest: {
            password: string;
            code?: string;
        };
        LinkRequest: {
            secret: string;
        };
        /** @description One that is signed in. */
        Browser: {
            id: string;
            /** @description from where it signed in */
            address: string;
            /** @description what it says that it is (User-Agent) */
            agent: string;
            signed_in_at: string;
            last_used_at: string;
            /** @description it is the one that asks */
            current: boolean;
        };
        ConsoleState: {
            /** @description where browsers find the console; none: it is switched off */
            addresses: string[];
            /** @description SHA-256 of the host's certificate */
            fingerprint: string;
            set_up_code: string | null;
            first_visit_s: number;
        };
        ConsoleLink: {
            url: string;
            expires_s: number;
        };
        Token: {
            id: string;
            name: string;
            /** @enum {unknown} */
            scope: "read" | "operate" | "admin";
            created_at: string;
            expires_at: string | null;
            last_used_at: string | null;
        };
        NewToken: {
            token: components["schemas"]["Token"];
            /** @description told here and never again */
            secret: string;
        };
        TokenRequest: {
            name: string;
            /** @enum {unknown} */
            scope: "read" | "operate" | "admin";
            expires_days?: number;
        };
        /** @description A change that was asked for. Control characters in it are written as \u{…}. */
        AuditEntry: {
            /** Format: date-time */
            time: string;
            who: {
                /** @enum {unknown} */
                kind: "socket" | "session" | "token";
                id: string;
                name: string;
            } | null;
            address: string | null;
            /** @description method and path, as in this document */
            route: string;
            /** @description the same in words */
            did: string;
            /** @description of which client, application, token…; never a secret */
            what: string;
            /** @description "done", or the code of the error */
            outcome: string;
            /** @description so often within a minute, since the line before */
            times: number;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
