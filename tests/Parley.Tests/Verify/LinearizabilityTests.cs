using System.Diagnostics;
using Parley.Verify.Linearizability;

namespace Parley.Tests.Verify;

/// <summary>The linearizability checker, on histories of one name that are right, wrong, and made wrong.</summary>
public sealed class LinearizabilityTests(ITestOutputHelper output)
{
    private const int Long = 20_000;
    private const int Clients = 4;

    [Fact]
    public void One_after_the_other_as_one_copy_would()
    {
        Assert.Null(FindStuck(
            new(1, 2, new(NameAnswer.Created, "alice")),
            new(3, 4, new(NameAnswer.LoggedIn, "alice")),
            new(5, 6, new(NameAnswer.Taken, "bob")),
            new(7, 8, new(NameAnswer.TakenOver, "bob")),
            new(9, 10, new(NameAnswer.Ended, "alice")),
            new(11, 12, new(NameAnswer.Wrote, "bob")),
            new(13, 14, new(NameAnswer.Deleted, "bob")),
            new(15, 16, new(NameAnswer.FoundNobody, "alice"))));
    }

    [Fact]
    public void Operations_at_the_same_time_may_stand_in_any_order()
    {
        Assert.Null(FindStuck(
            new(1, 9, new(NameAnswer.FoundNobody, "bob")),
            new(2, 3, new(NameAnswer.Created, "alice")),
            new(4, 10, new(NameAnswer.Wrote, "carol")),
            new(5, 8, new(NameAnswer.TakenOver, "carol")),
            new(6, 12, new(NameAnswer.TakenOver, "dave"))));
    }

    [Fact]
    public void One_name_created_twice_is_found()
    {
        var stuck = FindStuck(
            new(1, 2, new(NameAnswer.Created, "alice")),
            new(3, 4, new(NameAnswer.Created, "bob")));

        Assert.Equal("bob", stuck!.Operation.Client);
    }

    [Fact]
    public void Two_creations_at_once_cannot_both_succeed()
    {
        Assert.NotNull(FindStuck(
            new(1, 4, new(NameAnswer.Created, "alice")),
            new(2, 3, new(NameAnswer.Created, "bob"))));
    }

    [Theory]
    [InlineData(NameAnswer.Wrote)]
    [InlineData(NameAnswer.LoggedOut)]
    [InlineData(NameAnswer.Deleted)]
    public void A_session_that_was_taken_over_can_do_nothing(object answer)
    {
        Assert.NotNull(FindStuck(
            new(1, 2, new(NameAnswer.Created, "alice")),
            new(3, 4, new(NameAnswer.LoggedIn, "alice")),
            new(5, 6, new(NameAnswer.TakenOver, "bob")),
            new(7, 8, new((NameAnswer)answer, "alice"))));
    }

    /// <summary>Carol's login was done, its answer lost; bob took her over before she asked again. Alice met her
    /// session (parley verify --minutes 60, seed 413861).</summary>
    [Theory]
    [InlineData(NameAnswer.LoginFoundEnded)]
    [InlineData(NameAnswer.TakeOverFoundEnded)]
    public void A_session_that_its_own_login_found_ended_may_have_been_met_by_others(object answer)
    {
        Call<NameOperation>[] calls =
        [
            new(1, 2, new(NameAnswer.Created, "alice")),
            new(3, 12, new((NameAnswer)answer, "carol")),
            new(5, 6, new(NameAnswer.FoundSession, "alice")),
            new(8, 9, new(NameAnswer.TakenOver, "bob")),
            new(13, 14, new(NameAnswer.Wrote, "bob")),
        ];

        Assert.Null(FindStuck(calls));
        calls[1] = new(3, 4, new(NameAnswer.FoundNobody, "carol"));
        Assert.NotNull(FindStuck(calls));
    }

    [Fact]
    public void A_login_that_takes_nobody_over_ends_no_session_of_another()
    {
        Call<NameOperation>[] calls =
        [
            new(1, 2, new(NameAnswer.Created, "alice")),
            new(3, 4, new(NameAnswer.LoggedIn, "alice")),
            new(5, 6, new(NameAnswer.TakeOverFoundEnded, "bob")),
            new(7, 8, new(NameAnswer.Ended, "alice")),
        ];

        Assert.Null(FindStuck(calls));
        calls[2] = new(5, 6, new(NameAnswer.LoginFoundEnded, "bob"));
        Assert.NotNull(FindStuck(calls));
    }

    [Fact]
    public void An_unknown_outcome_may_be_done_late_or_never()
    {
        Call<NameOperation>[] before =
        [
            new(1, 2, new(NameAnswer.Created, "alice")),
            new(3, 4, new(NameAnswer.LoggedIn, "alice")),
            new(5, Call<NameOperation>.Never, new(NameAnswer.Deleted, "alice")),
            new(6, 7, new(NameAnswer.Wrote, "alice")),
        ];

        Assert.Null(FindStuck([.. before]));
        Assert.Null(FindStuck([.. before, new(8, 9, new(NameAnswer.FoundNobody, "bob"))]));
        Assert.NotNull(FindStuck(
        [
            .. before,
            new(8, 9, new(NameAnswer.FoundNobody, "bob")),
            new(10, 11, new(NameAnswer.Wrote, "alice")),
        ]));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Twenty_thousand_operations_on_one_name_are_judged_and_a_change_is_found(int seed)
    {
        var calls = NameHistory.Draw(seed, Long, Clients);
        var watch = Stopwatch.StartNew();
        Assert.Null(FindStuck([.. calls]));
        output.WriteLine($"{Long} operations of {Clients} clients judged in {watch.Elapsed.TotalSeconds:0.00} s");

        // A stale look at the name, long after it was created.
        var random = new Random(seed);
        var at = random.Next(Long / 2, Long);
        while (calls[at].Operation.Answer != NameAnswer.Wrote)
        {
            at--;
        }

        calls[at] = calls[at] with { Operation = new(NameAnswer.Wrote, "nobody") };
        watch.Restart();
        Assert.NotNull(FindStuck([.. calls]));
        output.WriteLine($"one changed: found in {watch.Elapsed.TotalSeconds:0.00} s");
    }

    private static Call<NameOperation>? FindStuck(params Call<NameOperation>[] calls) =>
        LinearizabilityChecker.FindStuck(calls, NameState.Free, NameModel.Next);
}
