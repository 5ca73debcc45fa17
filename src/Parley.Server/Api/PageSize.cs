namespace Parley.Server.Api;

/// <summary>The rule of page sizes (AIP-158).</summary>
internal static class PageSize
{
    /// <returns>The default for 0, the largest allowed for more.</returns>
    /// <exception cref="RefusedException">PAGE_SIZE_INVALID: it is negative.</exception>
    public static int Get(int asked) => asked switch
    {
        < 0 => throw new RefusedException(Reasons.PageSizeInvalid),
        0 => ApiLimits.PageSizeDefault,
        _ => Math.Min(asked, ApiLimits.PageSizeMax),
    };
}
