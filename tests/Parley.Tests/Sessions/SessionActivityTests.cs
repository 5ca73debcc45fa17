using Parley.Server.Sessions;

namespace Parley.Tests.Sessions;

/// <summary>Which sessions a node heard from.</summary>
public sealed class SessionActivityTests
{
    private readonly SessionActivity activity = new();

    [Fact]
    public void A_session_is_reported_once_per_time_it_was_heard()
    {
        activity.Heard(1);
        activity.Heard(2);
        activity.Heard(1);

        Assert.Equal([1, 2], activity.TakeHeard(10));
        Assert.Empty(activity.TakeHeard(10));
    }

    [Fact]
    public void An_open_stream_is_heard_each_time_until_it_ends()
    {
        var stream = activity.StaysAlive(1);
        Assert.Equal([1], activity.TakeHeard(10));
        Assert.Equal([1], activity.TakeHeard(10));

        stream.Dispose();

        Assert.Equal([1], activity.TakeHeard(10));
        Assert.Empty(activity.TakeHeard(10));
    }

    [Fact]
    public void A_stream_that_is_not_read_proves_nothing()
    {
        using var stream = activity.StaysAlive(1);
        activity.TakeHeard(10);

        stream.IsReading = false;
        Assert.Empty(activity.TakeHeard(10));

        stream.IsReading = true;
        Assert.Equal([1], activity.TakeHeard(10));
    }

    [Fact]
    public void When_there_are_too_many_all_have_their_turn()
    {
        using var first = activity.StaysAlive(1);
        using var second = activity.StaysAlive(2);
        using var third = activity.StaysAlive(3);

        var seen = activity.TakeHeard(2).Concat(activity.TakeHeard(2)).ToHashSet();

        Assert.Equal([1, 2, 3], seen.Order());
    }

    [Fact]
    public void A_leader_takes_what_was_heard_here_and_elsewhere()
    {
        activity.Heard(1);
        activity.HeardElsewhere([2, 3]);

        Assert.Equal([1, 2, 3], activity.TakeAll().Order());
        Assert.Empty(activity.TakeAll());
    }

    [Fact]
    public void Who_does_not_lead_forgets_what_others_told()
    {
        activity.HeardElsewhere([2]);

        activity.ForgetElsewhere();

        Assert.Empty(activity.TakeAll());
    }
}
