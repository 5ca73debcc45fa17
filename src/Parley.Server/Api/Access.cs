using System.Collections.Frozen;

namespace Parley.Server.Api;

/// <summary>What a call needs before its handler runs.</summary>
internal enum Access
{
    /// <summary>Nothing: answered by what the node itself knows (confirmed, where that is asked for); counted for its
    /// address.</summary>
    Open = 1,

    /// <summary>A formed cluster (the right one), and this node at the client's highest index.</summary>
    Anonymous = 2,

    /// <summary>That, and a live session.</summary>
    Session = 3,

    /// <summary>A live session; the handler itself decides about the highest index.</summary>
    SessionAtAnyIndex = 4,

    /// <summary>A live session of an administrator. Whether it may is decided again in <c>Apply</c>.</summary>
    Administrator = 5,
}

/// <summary>The one list of what needs which access; a call that is not in it needs a session.</summary>
internal static class AccessTable
{
    private const string Package = "/parley.chat.v1.";

    /// <summary>By method path.</summary>
    public static readonly FrozenDictionary<string, Access> Rows = new Dictionary<string, Access>(
        StringComparer.Ordinal)
    {
        [Package + "AccountService/CreateAccount"] = Access.Anonymous,
        [Package + "AccountService/DeleteAccount"] = Access.Session,
        [Package + "AccountService/ListAccounts"] = Access.Session,
        [Package + "AccountService/GetPresence"] = Access.Session,
        [Package + "SessionService/Login"] = Access.Anonymous,
        [Package + "SessionService/Logout"] = Access.Session,
        [Package + "SessionService/OpenClient"] = Access.Session,
        [Package + "MessageService/SendMessage"] = Access.Session,
        [Package + "MessageService/SendMessages"] = Access.Session,
        [Package + "MessageService/ReceiveMessages"] = Access.Session,
        [Package + "MessageService/AcknowledgeMessages"] = Access.Session,
        [Package + "MessageService/MarkMessagesRead"] = Access.Session,
        [Package + "MessageService/ListConversations"] = Access.Session,
        [Package + "MessageService/ListMessages"] = Access.SessionAtAnyIndex,
        [Package + "MessageService/SearchMessages"] = Access.SessionAtAnyIndex,
        [Package + "MessageService/EditMessage"] = Access.Session,
        [Package + "MessageService/DeleteMessage"] = Access.Session,
        [Package + "CredentialService/ChangePassword"] = Access.Session,
        [Package + "CredentialService/CreateToken"] = Access.Session,
        [Package + "CredentialService/ListTokens"] = Access.Session,
        [Package + "CredentialService/RevokeToken"] = Access.Session,
        [Package + "RoomService/CreateRoom"] = Access.Session,
        [Package + "RoomService/ChangeRoom"] = Access.Session,
        [Package + "RoomService/ChangeRoomMember"] = Access.Session,
        [Package + "RoomService/ListRooms"] = Access.Session,
        [Package + "RoomService/ListRoomMembers"] = Access.Session,
        [Package + "AdministrationService/CreateInvite"] = Access.Administrator,
        [Package + "AdministrationService/ListInvites"] = Access.Administrator,
        [Package + "AdministrationService/RevokeInvite"] = Access.Administrator,
        [Package + "AdministrationService/ChangeAccount"] = Access.Administrator,
        [Package + "AdministrationService/GetSettings"] = Access.Administrator,
        [Package + "AdministrationService/ChangeSettings"] = Access.Administrator,
        [Package + "AdministrationService/ListAudit"] = Access.Administrator,
        [Package + "MembershipService/ChangeMember"] = Access.Administrator,
        [Package + "ClusterService/GetCluster"] = Access.Open,
        ["/grpc.health.v1.Health/Check"] = Access.Open,
        ["/grpc.health.v1.Health/Watch"] = Access.Open,

        // At loopback alone: ClientApi.
        ["/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"] = Access.Open,
        ["/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"] = Access.Open,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <param name="method">The path of the method, as in the request.</param>
    public static Access Of(string method) => Rows.GetValueOrDefault(method, Access.Session);
}
