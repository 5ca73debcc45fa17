using System.Security.Cryptography;
using Google.Protobuf;
using Parley.Core;
using Parley.Core.Log.V1;

namespace Parley.Tests.BadInput;

/// <summary>What a node with a fault might forward as commands: each would stop every node that applied it.</summary>
internal static class BrokenCommands
{
    /// <summary>From a node that tags them as its own, where nothing else is wrong.</summary>
    public static IEnumerable<byte[]> Of(int node)
    {
        var hash = ByteString.CopyFrom(new byte[32]);
        var whole = Encode(new() { Logout = new Logout { Session = 1 } }, node);
        yield return [];
        yield return RandomNumberGenerator.GetBytes(1_000);
        yield return whole[..^1];
        yield return new byte[Limits.CommandBytesMax + 1];
        yield return Encode(new(), node);
        yield return Encode(new() { Logout = new Logout { Session = 1 } }, node, version: 0);
        yield return Encode(new() { Logout = new Logout { Session = 1 } }, node, version: 99);
        yield return Encode(new() { Logout = new Logout { Session = 1 } }, (node % 5) + 1);
        yield return new LoggedCommand { StateVersion = 1, Logout = new Logout { Session = 1 } }.ToByteArray();
        yield return Encode(new() { RaiseVersion = new RaiseVersion { StateVersion = 99 } }, node);
        yield return Encode(new() { CreateAccount = new CreateAccount { Name = "mallory" } }, node);
        yield return Encode(new() { Login = new Login { TokenHash = hash, LeaseMs = long.MaxValue } }, node);
        yield return Encode(
            new() { Login = new Login { TokenHash = ByteString.CopyFrom(1, 2, 3), LeaseMs = 1_000 } }, node);
        yield return Encode(new() { CreateToken = new CreateToken { TokenHash = hash } }, node);
        yield return Encode(new() { ChangePassword = new ChangePassword() }, node);
        yield return Encode(
            new() { AcknowledgeMessages = Acknowledgement(Limits.AcknowledgementsMax + 1) }, node);
        yield return Encode(
            new() { CreateRoom = new CreateRoom { RequestId = ByteString.CopyFrom(new byte[16]), Name = "ops" } },
            node,
            version: 1);
        yield return Encode(new() { MarkRead = new MarkRead { Session = 1 } }, node, version: 5);
        var marked = new MarkRead { Marks = { Acknowledgement(Limits.AcknowledgementsMax + 1).Marks } };
        yield return Encode(new() { MarkRead = marked }, node);
        yield return Encode(new() { RevokeInvite = new RevokeInvite { Session = 1, Invite = 1 } }, node, version: 4);
        yield return Encode(new() { ChangeMessage = Change(MessageChange.Edit, "") }, node);
        yield return Encode(
            new() { ChangeMessage = Change(MessageChange.Edit, new string('x', Limits.TextBytesMax + 1)) }, node);
        yield return Encode(new() { ChangeMessage = Change(MessageChange.Delete, "a text") }, node);
        yield return Encode(new() { ChangeMessage = Change((MessageChange)3, "a text") }, node);
        yield return Encode(new() { ChangeMessage = Change(MessageChange.Delete, "") }, node, version: 7);
    }

    /// <summary>As that node's proposer would.</summary>
    public static byte[] Encode(LoggedCommand command, int node, uint version = StateVersions.Newest)
    {
        command.StateVersion = version;
        command.Tag = new ProposalTag { Node = node, StartNonce = 7, Number = 1 };
        return command.ToByteArray();
    }

    private static ChangeMessage Change(MessageChange change, string text) => new()
    {
        Session = 1,
        RequestId = ByteString.CopyFrom(new byte[16]),
        Conversation = 1,
        Sequence = 1,
        Change = change,
        Text = text,
    };

    private static AcknowledgeMessages Acknowledgement(int marks)
    {
        var acknowledgement = new AcknowledgeMessages();
        acknowledgement.Marks.AddRange(
            Enumerable.Range(1, marks).Select(_ => new ConversationMark { Conversation = 1, Sequence = 1 }));
        return acknowledgement;
    }
}
