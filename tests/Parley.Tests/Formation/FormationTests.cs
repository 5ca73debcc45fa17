using Parley.Raft.Formation;

namespace Parley.Tests.Formation;

/// <summary>Empty nodes become one cluster, once, whatever comes between.</summary>
public sealed class FormationTests
{
    [Fact]
    public void One_member_forms_alone()
    {
        var world = new FormationWorld(seed: 1, size: 1);
        world.Settle();

        Assert.True(world.Core(1).IsFormed);
        Assert.True(world.Core(1).IsSettled);
        Assert.Single(world.Core(1).Stamp.InitialMark().Membership.Members);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    public void Crashes_and_lost_messages_at_any_step_end_in_one_cluster_of_all(int size)
    {
        for (var seed = 1; seed <= 400; seed++)
        {
            var world = new FormationWorld(seed, size);
            world.StartAll();
            for (var step = 0; step < 60 * size; step++)
            {
                world.Step(chaos: true);
            }

            world.Settle();

            var stamps = world.Stamps.ToArray();
            Assert.True(world.Cores.All(core => core.IsFormed && core.IsSettled), $"seed {seed}");
            Assert.True(stamps.Select(stamp => stamp.ClusterId).Distinct(StringComparer.Ordinal).Count() == 1);
            Assert.True(stamps.All(stamp => stamp.Members.SequenceEqual(stamps[0].Members)), $"seed {seed}");
            Assert.True(stamps.All(stamp =>
                stamp.Members[stamp.Self.Value - 1].Incarnation == stamp.Incarnation), $"seed {seed}");
        }
    }

    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    public void Directories_wiped_in_the_middle_never_make_two_clusters_and_texts_stay_true(int size)
    {
        var states = new SortedDictionary<FormationState, int>();
        for (var seed = 1; seed <= 400; seed++)
        {
            var world = new FormationWorld(seed, size);
            var random = new Random(seed);
            world.StartAll();
            if (seed % 4 == 0)
            {
                world.Settle();
            }

            for (var step = 0; step < 60 * size; step++)
            {
                world.Step(chaos: true);
                if (random.Next(25 * size) == 0)
                {
                    world.Wipe(random.Next(size) + 1);
                }
            }

            world.Settle();
            foreach (var core in world.Cores)
            {
                states[core.Notice.State] = states.GetValueOrDefault(core.Notice.State) + 1;
            }
        }

        // The test is worth something only if wipes came before, during and after formation.
        var found = string.Join(", ", states);
        Assert.True(states.ContainsKey(FormationState.Formed), found);
        Assert.True(states.ContainsKey(FormationState.ReplaceSelf), found);
        Assert.True(states.ContainsKey(FormationState.WipedMidway), found);
    }

    [Fact]
    public void Three_wiped_nodes_of_five_form_nothing()
    {
        var world = new FormationWorld(seed: 7, size: 5);
        world.Settle();
        var cluster = world.Core(1).Stamp.ClusterId;

        world.Wipe(1);
        world.Wipe(3);
        world.Wipe(5);
        world.Settle();

        foreach (var id in new[] { 1, 3, 5 })
        {
            Assert.Equal(FormationStage.Empty, world.Core(id).Stamp.Stage);
            Assert.Equal(FormationState.ReplaceSelf, world.Core(id).Notice.State);
            Assert.Contains($"parley cluster replace --id {id}", world.Core(id).Notice.Text, StringComparison.Ordinal);
        }

        Assert.Equal(cluster, world.Core(2).Stamp.ClusterId);
        Assert.Contains("parley cluster replace --id 3", world.Core(2).Notice.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Three_wiped_nodes_alone_form_nothing()
    {
        var world = new FormationWorld(seed: 8, size: 5);
        world.Settle();

        foreach (var id in Enumerable.Range(1, 5))
        {
            world.Crash(id);
        }

        var members = Enumerable.Range(1, 5).Select(FormationWorld.MemberOf).ToArray();
        foreach (var id in new[] { 1, 3, 5 })
        {
            world.Wipe(id);
            world.Restart(id, members);
        }

        for (var step = 0; step < 2000; step++)
        {
            world.StepWithoutStarts();
        }

        Assert.All(new[] { 1, 3, 5 }, id => Assert.Equal(FormationStage.Empty, world.Core(id).Stamp.Stage));
        Assert.Equal(
            "a new cluster needs all of its members: waiting for node 2 (127.0.0.1:7502), node 4 (127.0.0.1:7504)",
            world.Core(1).Notice.Text);
    }

    [Fact]
    public void Unequal_lists_form_nothing_and_both_are_told()
    {
        var world = new FormationWorld(seed: 9, size: 3);
        world.StartAll(1, 2);
        world.Restart(3, [FormationWorld.MemberOf(1), FormationWorld.MemberOf(3)]);

        world.Settle();

        Assert.All(world.Cores, core => Assert.Equal(FormationStage.Empty, core.Stamp.Stage));
        Assert.Equal(
            "unequal members: this node was started with 1=127.0.0.1:7501,2=127.0.0.1:7502,3=127.0.0.1:7503, node 3 "
            + "with 1=127.0.0.1:7501,3=127.0.0.1:7503. What to do: start all with the same list (--members)",
            world.Core(1).Notice.Text);
        Assert.Equal(FormationState.UnequalMembers, world.Core(3).Notice.State);
    }

    [Fact]
    public void A_member_that_is_not_there_is_waited_for()
    {
        var world = new FormationWorld(seed: 10, size: 3);
        world.StartAll(1, 2);
        for (var step = 0; step < 500; step++)
        {
            world.StepWithoutStarts();
        }

        Assert.Equal(FormationState.Waiting, world.Core(1).Notice.State);
        Assert.Equal(
            "a new cluster needs all of its members: waiting for node 3 (127.0.0.1:7503)", world.Core(1).Notice.Text);
    }
}
