using Parley.Core.Facts;

namespace Parley.Core.Storage;

/// <content>Invitations, those used up or expired included for a day beyond their time; all are in memory.</content>
internal sealed partial class SqliteChatFacts
{
    private const string InviteColumns = "number, code_hash, creator, created_at_us, expires_at_us, uses_left";

    private readonly Dictionary<TokenHash, InviteFacts> invites = [];

    private Statement UpsertInvite => field ??= database.Prepare(
        """
        INSERT OR REPLACE INTO invites (number, code_hash, creator, created_at_us, expires_at_us, uses_left)
        VALUES ($number, $code_hash, $creator, $created_at_us, $expires_at_us, $uses_left)
        """,
        Schema.Invites);

    private Statement SelectInvite => field ??= database.Prepare(
        $"SELECT {InviteColumns} FROM invites WHERE number = $number");

    private Statement DeleteInvite => field ??= database.Prepare("DELETE FROM invites WHERE number = $number");

    public InviteFacts? FindInvite(in TokenHash codeHash) => invites.GetValueOrDefault(codeHash);

    public InviteFacts? FindInvite(long number) => invites.Values.FirstOrDefault(invite => invite.Number == number);

    public int CountInvites() => invites.Count;

    public void AddInvite(InviteFacts invite)
    {
        invites.Add(invite.CodeHash, invite);
        WriteInvite(invite);
    }

    public void UseInvite(in TokenHash codeHash) => LeaveInvite(codeHash, invites[codeHash].UsesLeft - 1);

    public void RevokeInvite(in TokenHash codeHash) => LeaveInvite(codeHash, usesLeft: 0);

    public void ForgetInvites(long expiredUntilUs)
    {
        foreach (var invite in invites.Values.Where(invite => invite.ExpiresAtUs <= expiredUntilUs).ToArray())
        {
            TakeInviteOut(invite.Number);
            Forget(invite);
        }
    }

    private void LeaveInvite(in TokenHash codeHash, int usesLeft)
    {
        var invite = invites[codeHash];
        TakeInviteOut(invite.Number);
        invites[codeHash] = invite with { UsesLeft = usesLeft };
        WriteInvite(invites[codeHash]);
    }

    private void Forget(InviteFacts invite)
    {
        invites.Remove(invite.CodeHash);
        DeleteInvite.Start().With(invite.Number).Run();
    }

    private void WriteInvite(InviteFacts invite)
    {
        Span<byte> codeHash = stackalloc byte[TokenHash.Size];
        invite.CodeHash.WriteTo(codeHash);
        digest += writer.Start(Schema.Invites, UpsertInvite)
            .Add(invite.Number).AddBlob(codeHash).Add(invite.Creator).Add(invite.CreatedAtUs).Add(invite.ExpiresAtUs)
            .Add(invite.UsesLeft).Write();
    }

    /// <summary>Takes the row as the file has it out of the digest.</summary>
    private void TakeInviteOut(long number)
    {
        var select = SelectInvite.Start().With(number);
        Invariant.Holds(select.Step());
        digest -= rowHash.OfRow(Schema.Invites, select);
        select.End();
    }

    private void LoadInvites()
    {
        var read = database.Prepare($"SELECT {InviteColumns} FROM invites ORDER BY number").Start();
        while (read.Step())
        {
            var invite = new InviteFacts(
                read.Int64(0), TokenHash.From(read.Bytes(1)), read.Int64(2), read.Int64(4), read.Int32(5))
            {
                CreatedAtUs = read.Int64(3),
            };
            invites.Add(invite.CodeHash, invite);
        }
    }
}
