using System.Collections.Concurrent;
using System.Net;
using Parley.Server.Api;
using Parley.Server.Guarding;
using Parley.Server.Hosting;

namespace Parley.Tests.Api;

/// <summary>Passwords: what is accepted, and how they are hashed.</summary>
public sealed class PasswordHasherTests
{
    private static readonly CancellationToken Never = CancellationToken.None;
    private static readonly CallerAddress Home = Address(200);

    [Fact]
    public async Task The_right_password_is_right_and_every_other_is_wrong()
    {
        using var passwords = Cheap();

        var hash = await passwords.HashAsync("correct horse", Home, Never);

        Assert.StartsWith("$argon2id$v=19$m=64,t=1,p=1$", hash, StringComparison.Ordinal);
        Assert.True((await passwords.VerifyAsync("correct horse", hash, Home, Never)).IsRight);
        Assert.False((await passwords.VerifyAsync("Correct horse", hash, Home, Never)).IsRight);
        Assert.False((await passwords.VerifyAsync("correct horse", passwordHash: null, Home, Never)).IsRight);
    }

    [Fact]
    public async Task One_password_has_a_different_hash_each_time()
    {
        using var passwords = Cheap();

        var first = await passwords.HashAsync("correct horse", Home, Never);
        var second = await passwords.HashAsync("correct horse", Home, Never);

        Assert.NotEqual(first, second);
        Assert.InRange(first.Length, 60, Parley.Core.Limits.PasswordHashBytesMax);
    }

    [Fact]
    public async Task A_password_typed_decomposed_is_the_same_as_composed()
    {
        using var passwords = Cheap();

        var hash = await passwords.HashAsync("caf\u00e9-caf\u00e9", Home, Never);

        Assert.True((await passwords.VerifyAsync("cafe\u0301-cafe\u0301", hash, Home, Never)).IsRight);
    }

    [Theory]
    [InlineData("", "PASSWORD_TOO_SHORT")]
    [InlineData("1234567", "PASSWORD_TOO_SHORT")]
    [InlineData("\U0001F600\U0001F600\U0001F600\U0001F600", "PASSWORD_TOO_SHORT")]
    public async Task A_password_of_fewer_than_8_characters_is_refused(string password, string reason)
    {
        using var passwords = Cheap();

        var refused = await Assert.ThrowsAsync<RefusedException>(() => passwords.HashAsync(password, Home, Never));

        Assert.Equal(reason, refused.Reason.Name);
    }

    [Fact]
    public async Task A_password_has_at_most_256_bytes()
    {
        using var passwords = Cheap();

        await passwords.HashAsync(new string('a', 256), Home, Never);
        foreach (var length in new[] { 257, 1_000_000 })
        {
            var refused = await Assert.ThrowsAsync<RefusedException>(
                () => passwords.HashAsync(new string('a', length), Home, Never));
            Assert.Equal("PASSWORD_TOO_LONG", refused.Reason.Name);
        }
    }

    [Fact]
    public async Task A_hash_of_lower_cost_is_replaced_and_one_of_higher_cost_is_kept()
    {
        using var cheap = Cheap();
        using var dear = With(kib: 128, passes: 2);
        var old = await cheap.HashAsync("correct horse", Home, Never);

        var raised = await dear.VerifyAsync("correct horse", old, Home, Never);
        var kept = await cheap.VerifyAsync("correct horse", raised.NewHash, Home, Never);

        Assert.True(raised.IsRight);
        Assert.StartsWith("$argon2id$v=19$m=128,t=2,p=1$", raised.NewHash, StringComparison.Ordinal);
        Assert.True(kept.IsRight);
        Assert.Empty(kept.NewHash);
    }

    [Fact]
    public async Task Who_comes_when_20_wait_is_refused_and_told_to_wait()
    {
        using var passwords = With(kib: 19_456, passes: 2);

        var logins = Enumerable.Range(0, 60)
            .Select(number => passwords.VerifyAsync("correct horse", passwordHash: null, Address(number), Never))
            .ToList();
        var results = await Task.WhenAll(logins.Select(RefusalOf));

        var refused = results.Where(result => result is not null).ToList();
        Assert.InRange(refused.Count, 1, 60 - ApiLimits.HashesAtOnceMax - ApiLimits.HashesWaitingMax);
        Assert.All(refused, refusal => Assert.Equal("TOO_MANY_LOGINS", refusal?.Reason.Name));
        Assert.All(refused, refusal => Assert.True(refusal?.RetryAfter > TimeSpan.Zero));
        Assert.False((await passwords.VerifyAsync("correct horse", passwordHash: null, Home, Never)).IsRight);
    }

    [Fact]
    public async Task Two_are_hashed_at_a_time_whoever_asks()
    {
        using var held = new CountedDerivation();
        using var passwords = With(kib: 64, passes: 1, held);
        held.Holds = true;

        List<Task> asked =
        [
            .. Enumerable.Range(0, 6).Select(number => passwords.HashAsync("correct horse", Address(number), Never)),
            .. Enumerable.Range(6, 6).Select(
                number => passwords.VerifyAsync("correct horse", passwordHash: null, Address(number), Never)),
        ];
        await held.BeginAsync(ApiLimits.HashesAtOnceMax);
        for (var number = ApiLimits.HashesAtOnceMax; number < asked.Count; number++)
        {
            held.LetOneEnd();
            await held.BeginAsync(1);
        }

        held.LetOneEnd();
        held.LetOneEnd();
        await Task.WhenAll(asked);
        Assert.Equal(ApiLimits.HashesAtOnceMax, held.MostAtOnce);
    }

    [Fact]
    public async Task A_wrong_password_costs_the_same_work_whether_there_is_such_an_account_or_not()
    {
        using var counted = new CountedDerivation();
        using var passwords = With(kib: 64, passes: 2, counted);
        var hash = await passwords.HashAsync("correct horse", Home, Never);

        counted.Costs.Clear();
        Assert.False((await passwords.VerifyAsync("wrong horse", hash, Home, Never)).IsRight);
        var known = counted.Costs.ToArray();
        counted.Costs.Clear();
        Assert.False((await passwords.VerifyAsync("wrong horse", passwordHash: null, Home, Never)).IsRight);

        Assert.Equal([(64, 2)], known);
        Assert.Equal(known, counted.Costs.ToArray());
    }

    [Theory]
    [InlineData(64, 1)]
    [InlineData(8, 4)]
    [InlineData(256, 2)]
    public async Task A_wrong_password_costs_as_much_where_the_hash_was_cheaper(int kib, int passes)
    {
        using var cheap = With(kib, passes);
        using var counted = new CountedDerivation();
        using var dear = With(kib: 256, passes: 2, counted);
        var old = await cheap.HashAsync("correct horse", Home, Never);
        counted.Costs.Clear();

        Assert.False((await dear.VerifyAsync("wrong horse", old, Home, Never)).IsRight);

        Assert.Equal(256 * 2, counted.Costs.Sum(cost => cost.Kib * cost.Passes));
    }

    [Fact]
    public async Task One_address_that_asks_for_all_places_leaves_room_for_the_others()
    {
        using var passwords = With(kib: 19_456, passes: 2);

        var flood = Enumerable.Range(0, 60)
            .Select(_ => passwords.HashAsync("correct horse", Address(1), Never))
            .ToList();
        var others = Enumerable.Range(2, 10)
            .Select(number => passwords.VerifyAsync("correct horse", passwordHash: null, Address(number), Never))
            .ToList();

        Assert.All(await Task.WhenAll(others.Select(RefusalOf)), Assert.Null);
        Assert.Contains(await Task.WhenAll(flood.Select(RefusalOf)), refusal => refusal is not null);
    }

    [Theory]
    [InlineData("")]
    [InlineData("plain")]
    [InlineData("$argon2i$v=19$m=64,t=1,p=1$c2FsdHNhbHRzYWx0c2FsdA$AAAA")]
    [InlineData("$argon2id$v=19$m=64,t=1,p=2$c2FsdHNhbHRzYWx0c2FsdA$AAAA")]
    [InlineData("$argon2id$v=19$m=64,t=-1,p=1$c2FsdHNhbHRzYWx0c2FsdA$AAAA")]
    public void What_is_no_hash_of_ours_is_not_read(string text)
    {
        Assert.Throws<FormatException>(() => PasswordHash.Parse(text));
    }

    private static async Task<RefusedException?> RefusalOf(Task login)
    {
        try
        {
            await login;
            return null;
        }
        catch (RefusedException refused)
        {
            return refused;
        }
    }

    private static CallerAddress Address(int number) => CallerAddress.Of(new IPAddress([10, 0, 0, (byte)number]));

    private static PasswordHasher Cheap() => With(kib: 64, passes: 1);

    private static PasswordHasher With(int kib, int passes, IKeyDerivation? derivation = null) => new(
        new ServerOptions
        {
            Id = 1,
            DataDirectory = "unused",
            Listen = "127.0.0.1:0",
            NodeListen = "127.0.0.1:0",
            Members = [],
            PasswordHashKib = kib,
            PasswordHashPasses = passes,
        },
        derivation ?? Argon2id.Instance);

    /// <summary>Counts what is under way, and can hold it there.</summary>
    private sealed class CountedDerivation : IKeyDerivation, IDisposable
    {
        private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

        private readonly SemaphoreSlim begun = new(0);
        private readonly SemaphoreSlim mayEnd = new(0);
        private readonly Lock gate = new();
        private int underWay;

        public bool Holds { get; set; }

        public int MostAtOnce { get; private set; }

        /// <summary>Memory and passes of each.</summary>
        public ConcurrentQueue<(int Kib, int Passes)> Costs { get; } = [];

        public byte[] Derive(ReadOnlySpan<byte> password, int kib, int passes, byte[] salt)
        {
            Costs.Enqueue((kib, passes));
            lock (gate)
            {
                MostAtOnce = Math.Max(MostAtOnce, ++underWay);
            }

            if (Holds)
            {
                begun.Release();
                Assert.True(mayEnd.Wait(Patience, Never));
            }

            lock (gate)
            {
                underWay--;
            }

            return Argon2id.Instance.Derive(password, kib, passes, salt);
        }

        /// <summary>Waits until so many more have begun.</summary>
        public async Task BeginAsync(int count)
        {
            while (count-- > 0)
            {
                Assert.True(await begun.WaitAsync(Patience, Never));
            }
        }

        public void LetOneEnd() => mayEnd.Release();

        public void Dispose()
        {
            begun.Dispose();
            mayEnd.Dispose();
        }
    }
}
