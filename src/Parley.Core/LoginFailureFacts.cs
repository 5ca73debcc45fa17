using System.Security.Cryptography;
using System.Text;
using Parley.Core.Facts;

namespace Parley.Core;

/// <summary>Wrong passwords that were tried for a name, and how long the next one has to wait.</summary>
/// <param name="Count">How many since the last login, or since they were forgotten.</param>
/// <param name="LastAtUs">Log time of the last, microseconds since 1970-01-01T00:00:00Z.</param>
internal readonly record struct LoginFailureFacts(int Count, long LastAtUs)
{
    /// <summary>Until when a password is not looked at, from an address the account does not know.</summary>
    public long WaitUntilUs => LastAtUs + Microseconds.Of(DelayAfter(Count));

    /// <summary>Both together.</summary>
    public LoginFailureFacts With(LoginFailureFacts others) =>
        new(Math.Min(Count + others.Count, Limits.LoginFailuresMax), Math.Max(LastAtUs, others.LastAtUs));

    /// <summary>None for the first few, then 1, 2, 4, 8, 16 and at most 30 seconds.</summary>
    public static TimeSpan DelayAfter(int failures)
    {
        if (failures < Limits.LoginFailuresFree)
        {
            return TimeSpan.Zero;
        }

        var doublings = Math.Min(failures - Limits.LoginFailuresFree, 5);
        var delay = TimeSpan.FromSeconds(1 << doublings);
        return delay < Limits.LoginDelayMax ? delay : Limits.LoginDelayMax;
    }

    /// <summary>Stands for a name: people type passwords where a name is asked for, and nobody shall read them.
    /// </summary>
    public static UInt128 HashOf(string name) =>
        Bytes16.From(SHA256.HashData(Encoding.UTF8.GetBytes(name)).AsSpan(0, Bytes16.Size));
}
