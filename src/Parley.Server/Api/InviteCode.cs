using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;

namespace Parley.Server.Api;

/// <summary>An invitation's code, of which only the SHA-256 is ever stored.</summary>
internal static class InviteCode
{
    /// <summary>The hash that goes into the log; empty for no code.</summary>
    /// <exception cref="RefusedException">It is too long for a code.</exception>
    public static ByteString Hash(string code)
    {
        if (code.Length > ApiLimits.InviteCharactersMax)
        {
            throw new RefusedException(
                Reasons.ArgumentInvalid, $"invite: at most {ApiLimits.InviteCharactersMax} characters are expected");
        }

        return code.Length == 0
            ? ByteString.Empty
            : ByteString.CopyFrom(SHA256.HashData(Encoding.UTF8.GetBytes(code)));
    }
}
