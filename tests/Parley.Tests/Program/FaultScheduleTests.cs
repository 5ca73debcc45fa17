using Parley.Verbs.Verify.Faults;

namespace Parley.Tests.Program;

/// <summary>Faults are drawn from a seed, and never more than a majority bears where it must stand.</summary>
public sealed class FaultScheduleTests
{
    private const int Draws = 200;
    private static readonly FaultKind[] Kinds = [FaultKind.Crash, FaultKind.Pause, FaultKind.Partition];

    [Fact]
    public void The_same_seed_draws_the_same_and_another_seed_something_else()
    {
        Assert.Equal(Draw(7, 5), Draw(7, 5));
        Assert.NotEqual(Draw(7, 5), Draw(8, 5));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    public void A_bearable_fault_leaves_a_majority_and_an_unbearable_one_does_not(int size)
    {
        var schedule = new FaultSchedule(3, size, Kinds);
        var bearable = Enumerable.Range(0, Draws).Select(_ => schedule.DrawBearable()).ToList();
        var unbearable = Enumerable.Range(0, Draws).Select(_ => schedule.DrawUnbearable()).ToList();

        Assert.All(bearable, plan => Assert.InRange(plan.Victims, 1, (size - 1) / 2));
        Assert.All(unbearable, plan => Assert.InRange(plan.Victims, ((size - 1) / 2) + 1, size));
        Assert.Contains(unbearable, plan => plan.Victims == size);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(5)]
    public void As_many_nodes_are_hit_as_were_drawn(int size)
    {
        var schedule = new FaultSchedule(4, size, Kinds);

        for (var round = 0; round < Draws; round++)
        {
            var plan = schedule.DrawUnbearable();
            Assert.Equal(plan.Victims, plan.Pick(leader: 1, size).Count);
        }
    }

    [Fact]
    public void Every_kind_comes_before_one_comes_again()
    {
        var schedule = new FaultSchedule(5, 5, Kinds);

        for (var round = 0; round < Draws; round++)
        {
            var drawn = Kinds.Select(_ => schedule.DrawBearable().Kind).Order();
            Assert.Equal(Kinds, drawn);
        }
    }

    [Fact]
    public void What_only_a_minority_may_have_is_never_done_to_more()
    {
        var schedule = new FaultSchedule(6, 5, [.. Kinds, FaultKind.Clock]);
        var bearable = Enumerable.Range(0, Draws).Select(_ => schedule.DrawBearable().Kind).ToList();
        var unbearable = Enumerable.Range(0, Draws).Select(_ => schedule.DrawUnbearable().Kind).ToList();

        Assert.Contains(FaultKind.Clock, bearable);
        Assert.DoesNotContain(FaultKind.Clock, unbearable);
        Assert.False(new FaultSchedule(6, 5, [FaultKind.Clock]).HasUnbearable);
    }

    [Fact]
    public void Victims_are_different_nodes_and_the_leader_only_where_it_is_meant()
    {
        foreach (var plan in Draw(9, 5))
        {
            var victims = plan.Pick(leader: 4, size: 5);

            Assert.Equal(plan.Victims, victims.Distinct().Count());
            Assert.All(victims, node => Assert.InRange(node, 1, 5));
            Assert.True(victims.Contains(4) == plan.WithLeader || plan.Victims == 5, $"{plan}");
        }
    }

    private static List<FaultPlan> Draw(int seed, int size)
    {
        var schedule = new FaultSchedule(seed, size, Kinds);
        return [.. Enumerable.Range(0, Draws).Select(_ => schedule.DrawBearable())];
    }
}
