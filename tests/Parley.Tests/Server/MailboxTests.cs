using Parley.Server.Consensus;

namespace Parley.Tests.Server;

/// <summary>The channel in front of each thread.</summary>
public class MailboxTests
{
    [Fact]
    public void Everything_that_waits_is_taken_at_once_in_order()
    {
        var mailbox = new Mailbox<int>(10);
        mailbox.Post(1);
        mailbox.Post(2);

        Assert.Equal([1, 2], mailbox.TakeAll(TimeSpan.Zero));
        Assert.Empty(mailbox.TakeAll(TimeSpan.Zero));
    }

    [Fact]
    public void A_full_one_refuses_what_may_be_lost_and_takes_what_must_not()
    {
        var mailbox = new Mailbox<int>(1);
        mailbox.Post(1);

        Assert.False(mailbox.TryPost(2));
        mailbox.Post(3);

        Assert.Equal([1, 3], mailbox.TakeAll(TimeSpan.Zero));
        Assert.True(mailbox.TryPost(4));
    }

    [Fact]
    public async Task A_quiet_post_ends_no_wait_and_is_taken_with_what_comes_next()
    {
        var mailbox = new Mailbox<int>(10);
        var taken = new TaskCompletionSource<List<int>>();
        var taker = new Thread(() => taken.SetResult([.. mailbox.TakeAll(TimeSpan.FromMinutes(1))]));
        taker.IsBackground = true;
        taker.Start();
        Assert.True(SpinWait.SpinUntil(
            () => taker.ThreadState.HasFlag(ThreadState.WaitSleepJoin), TimeSpan.FromSeconds(20)));

        mailbox.PostQuietly(1);
        await Assert.ThrowsAsync<TimeoutException>(() => taken.Task.WaitAsync(TimeSpan.FromMilliseconds(50)));
        mailbox.Post(2);

        Assert.Equal([1, 2], await taken.Task.WaitAsync(TimeSpan.FromSeconds(20)));
    }

    [Fact]
    public void What_was_posted_quietly_before_is_taken_without_a_wait()
    {
        var mailbox = new Mailbox<int>(10);
        mailbox.PostQuietly(1);

        Assert.Equal([1], mailbox.TakeAll(TimeSpan.FromMinutes(1)));
    }

    [Fact]
    public async Task A_post_and_a_wake_end_a_wait()
    {
        var mailbox = new Mailbox<int>(10);
        var taking = Task.Run(() => mailbox.TakeAll(TimeSpan.FromMinutes(1)).Count);
        mailbox.Wake();
        Assert.Equal(0, await taking.WaitAsync(TimeSpan.FromSeconds(20)));

        taking = Task.Run(() => mailbox.TakeAll(TimeSpan.FromMinutes(1)).Count);
        mailbox.Post(1);
        Assert.Equal(1, await taking.WaitAsync(TimeSpan.FromSeconds(20)));
    }
}
