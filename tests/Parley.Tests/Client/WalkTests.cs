using Microsoft.Extensions.Time.Testing;
using Parley.Client;
using Parley.Client.Walking;

namespace Parley.Tests.Client;

/// <summary>How a request walks: deadlines, pauses, giving up.</summary>
public sealed class WalkTests
{
    private readonly FakeTimeProvider time = new();

    [Fact]
    public void The_deadline_doubles_after_each_full_round_with_a_reachable_node()
    {
        var walk = NewWalk(giveUpSeconds: 0);
        var deadlines = new List<double>();
        for (var attempt = 0; attempt < 12; attempt++)
        {
            walk.Begin();
            deadlines.Add(walk.Deadline.TotalSeconds);
            walk.Failed(nodes: 3, answered: attempt % 3 == 1);
        }

        Assert.Equal([1, 1, 1, 2, 2, 2, 4, 4, 4, 4, 4, 4], deadlines);
    }

    [Fact]
    public void Rounds_in_which_nobody_was_reached_do_not_double_it()
    {
        var walk = NewWalk(giveUpSeconds: 0);
        for (var attempt = 0; attempt < 6; attempt++)
        {
            walk.Failed(nodes: 3, answered: false);
        }

        Assert.Equal(1, walk.Deadline.TotalSeconds);
    }

    [Fact]
    public void It_pauses_after_full_rounds_only_and_longer_each_time()
    {
        var walk = NewWalk(giveUpSeconds: 0);
        var pauses = Enumerable.Range(0, 12).Select(_ => walk.Failed(nodes: 2, answered: true)).ToList();

        Assert.All(pauses.Where((_, at) => at % 2 == 0), pause => Assert.Equal(TimeSpan.Zero, pause));
        var rounds = pauses.Where((_, at) => at % 2 == 1).Select(pause => pause.TotalMilliseconds).ToList();
        Assert.InRange(rounds[0], 25, 50);
        Assert.InRange(rounds[1], 50, 100);
        Assert.InRange(rounds[5], 250, 500);
    }

    [Fact]
    public void It_gives_up_when_nobody_helped_for_that_long_and_begins_anew_after_a_success()
    {
        var walk = NewWalk(giveUpSeconds: 30);
        walk.Begin();
        time.Advance(TimeSpan.FromSeconds(29));
        walk.Begin();
        Assert.False(walk.IsGivenUp);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(walk.IsGivenUp);

        walk.Succeeded();

        Assert.False(walk.IsGivenUp);
    }

    [Fact]
    public void The_last_attempt_ends_soon_after_the_give_up_time()
    {
        var walk = NewWalk(giveUpSeconds: 2);
        walk.Begin();
        time.Advance(TimeSpan.FromSeconds(1.5));

        Assert.Equal(0.5, walk.Deadline.TotalSeconds);
    }

    private Walk NewWalk(double giveUpSeconds) => new(
        new ParleyClientOptions
        {
            Nodes = ["127.0.0.1:1"],
            TimeProvider = time,
            GiveUpAfter = TimeSpan.FromSeconds(giveUpSeconds),
        },
        new Random(1));
}
