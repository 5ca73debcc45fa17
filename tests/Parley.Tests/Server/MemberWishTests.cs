using Parley.Raft;
using Parley.Server.Nodes;

namespace Parley.Tests.Server;

/// <summary>A wish changes one member by one step, and nothing where it has come true.</summary>
public sealed class MemberWishTests
{
    private static readonly Membership Now = new()
    {
        Members = [new(new(1), true, 0xA1, "a:1"), new(new(2), true, 0xA2, "b:1"), new(new(4), false, 0xA4, "d:1")],
    };

    [Theory]
    [InlineData((int)MemberAct.Add, 3)]
    [InlineData((int)MemberAct.Replace, 2)]
    [InlineData((int)MemberAct.Promote, 4)]
    [InlineData((int)MemberAct.Remove, 1)]
    public void A_wish_is_one_change_and_once_true_it_is_none(int act, int id)
    {
        var wish = new MemberWish(new NodeId(id), (MemberAct)act, "");
        var newcomer = new Member(wish.Id, IsVoter: false, 0xB0, "n:1");

        var next = wish.In(Now, newcomer)!;

        Assert.Equal(wish.Id, MembershipChange.Find(Now, next)?.Member.Id);
        Assert.Equal(next.Members, wish.In(next, newcomer)?.Members);
    }

    [Theory]
    [InlineData((int)TransferRefusal.None, "leadership is being handed over")]
    [InlineData((int)TransferRefusal.NotUpToDate, "node 2 does not vote, or is not up to date: it cannot lead")]
    [InlineData((int)TransferRefusal.GivenUp, "node 2 was asked a moment ago and did not take over")]
    public void Whoever_wishes_another_leader_hears_what_keeps_it(int refusal, string reason)
    {
        var answer = MemberChanges.AnswerOf(new(new NodeId(2), MemberAct.Lead, ""), (TransferRefusal)refusal);

        Assert.True(answer.IsForLater);
        Assert.StartsWith(reason, answer.Reason, StringComparison.Ordinal);
    }

    /// <summary>Asked again after it became a voter, an addition is not undone.</summary>
    [Fact]
    public void An_addition_leaves_a_voter_a_voter()
    {
        var wish = new MemberWish(new NodeId(2), MemberAct.Add, "b:1");

        Assert.Equal(Now.Members, wish.In(Now, Now.Members[1] with { IsVoter = false })?.Members);
    }

    [Theory]
    [InlineData((int)MemberAct.Replace, 3, "node 3 is no member: add it")]
    [InlineData((int)MemberAct.Promote, 3, "node 3 is no member: add it")]
    [InlineData((int)MemberAct.Add, 2, "node 2 is a member with another data directory: replace it")]
    public void What_the_members_are_not_made_for_is_said(int act, int id, string fault)
    {
        var wish = new MemberWish(new(id), (MemberAct)act, "n:1");

        Assert.Null(wish.In(Now, new Member(wish.Id, IsVoter: false, 0xB0, "n:1")));
        Assert.Equal(fault, wish.Fault);
    }

    [Theory]
    [InlineData((int)MemberAct.Add)]
    [InlineData((int)MemberAct.Replace)]
    public void A_member_that_is_there_with_its_data_moves_to_the_address_that_is_named(int act)
    {
        var wish = new MemberWish(new NodeId(2), (MemberAct)act, "b:2");

        var next = wish.In(Now, Now.Members[1] with { IsVoter = false, Address = "b:2" })!;

        Assert.Equal(Now.Members[1] with { Address = "b:2" }, next.Members[1]);
        Assert.NotNull(MembershipChange.Find(Now, next));
    }

    [Fact]
    public void Who_has_left_has_left() => Assert.Equal(
        Now.Members, new MemberWish(new(3), MemberAct.Remove, "").In(Now, newcomer: null)?.Members);
}
