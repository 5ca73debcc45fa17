using Microsoft.Extensions.Time.Testing;
using Parley.Server.Consensus;

namespace Parley.Tests.Server;

/// <summary>A disk that spoils snapshots gets few of them, and one that spoiled one gets the next at once.</summary>
public sealed class SnapshotPauseTests
{
    private readonly FakeTimeProvider time = new();
    private readonly SnapshotPause pause;

    public SnapshotPauseTests() => pause = new SnapshotPause(time);

    [Fact]
    public void The_first_damage_is_put_right_at_once_and_each_further_one_waits_twice_as_long()
    {
        var waits = new List<double>();
        for (var damage = 0; damage < 9; damage++)
        {
            pause.Damaged();
            waits.Add(Wait().TotalSeconds);
        }

        Assert.Equal([0, 30, 60, 120, 240, 480, 960, 960, 960], waits);
        Assert.Equal(9, pause.Damages);
    }

    [Fact]
    public void One_that_could_not_be_made_is_tried_again_after_a_pause_and_again()
    {
        Assert.Equal(TimeSpan.Zero, Wait());

        pause.NotMade();
        Assert.Equal(SnapshotPause.First, Wait());
        pause.NotMade();
        Assert.Equal(SnapshotPause.First, Wait());
    }

    [Fact]
    public void A_failure_does_not_shorten_the_pause_after_damage()
    {
        for (var damage = 0; damage < 4; damage++)
        {
            pause.Damaged();
        }

        pause.NotMade();

        Assert.Equal(TimeSpan.FromMinutes(2), Wait());
    }

    [Fact]
    public void A_disk_that_gave_no_trouble_for_an_hour_begins_anew_and_its_damages_stay_counted()
    {
        for (var damage = 0; damage < 5; damage++)
        {
            pause.Damaged();
        }

        time.Advance(TimeSpan.FromHours(1));
        pause.Damaged();

        Assert.True(pause.IsOver);
        Assert.Equal(6, pause.Damages);
    }

    private TimeSpan Wait()
    {
        var waited = TimeSpan.Zero;
        for (; !pause.IsOver; waited += TimeSpan.FromSeconds(1))
        {
            time.Advance(TimeSpan.FromSeconds(1));
        }

        return waited;
    }
}
